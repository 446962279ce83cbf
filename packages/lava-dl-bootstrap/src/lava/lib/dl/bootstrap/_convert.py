r"""From a trained PyTorch ReLU network to a bootstrap network.

With :math:`a_l = \lambda_l r_l` for the activations a and the rates r of layer l,

.. math::
   a_l = \max(0, W_l a_{l-1} + b_l) \quad\text{is}\quad
   r_l \approx f(W_l r_{l-1} + b_l / \lambda_{l-1})

with the same weights: thresholds and :math:`\lambda` take up the scale. Both are chosen
layer by layer so that the rates of the spiking layer, driven by the spikes of the one
before, resemble the activations most.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lava.lib.dl.bootstrap._bias import Bias, Output
from lava.lib.dl.bootstrap._chain import Weighted, stages
from lava.lib.dl.bootstrap.ann_sampler import AnnSampler
from lava.lib.dl.bootstrap.block import cuba
from lava.lib.dl.bootstrap.block.base import Same, bootstrap_block
from lava.lib.dl.bootstrap.network import Network
from lava.lib.dl.bootstrap.routine import Mode
from lava.lib.dl.slayer.block import cuba as _family

LARGEST_WEIGHT = 254
"""Of the integers a weight can be."""
TOP = 0.999
"""Quantile of the activations that counts as the largest."""
SHARES = np.linspace(0.2, 1.2, 11)
"""Thresholds that are tried, as shares of the largest activation."""
BINS = 20, (0.02, 0.98)
"""Of the fits: at 16 steps a knot for every rate, for there is no training to make up
for what five knots leave out."""

GradedInput = bootstrap_block(_family, "Input", __name__, Same, "GradedInput")
GradedPool = bootstrap_block(_family, "Pool", __name__, Same, "GradedPool")


@torch.no_grad()
def convert(module: nn.Module, data: Tensor, steps: int = 16) -> Network:
    """Makes a bootstrap network of a trained PyTorch network, ready to fine-tune.

    The activations are fitted already, so that all modes run. Data enter as graded
    spikes, and pools pass their sums on as such. The output is the PyTorch network's,
    as far as rates can tell.

    Args:
        module: ``Linear``, ``Conv2d``, ``AvgPool2d``, ``Flatten``, ``BatchNorm1d`` and
            ``BatchNorm2d`` in a row, with a ReLU after each ``Linear`` and ``Conv2d``
            but the last, which is a ``Linear``. It stays as it is.
        data: typical inputs, shape (N, C, ...), some hundred.
        steps: time steps of a sample.

    Returns:
        The network; its blocks have no delay shift.

    Raises:
        ValueError: if a layer has no spiking counterpart, the layers aren't in a row,
            data are negative before a padded layer, or a layer is silent.

    >>> import torch
    >>> plain = torch.nn.Sequential(
    ...     torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
    ... )
    >>> net = convert(plain, torch.rand(64, 4), steps=16)
    >>> net(torch.rand(5, 4)).shape
    torch.Size([5, 2])
    """
    _check(data)
    plan = stages(module)
    entry, shift = _input(data)
    target, blocks = data, [entry]
    spikes = entry(data.unsqueeze(-1).expand(*data.shape, steps))
    unit = 1.0
    for index, (layer, rectified) in enumerate(plan):
        target = layer(target).relu() if rectified else layer(target)
        layer, shift = _unshifted(layer, shift)
        if isinstance(layer, nn.Flatten):
            block = cuba.Flatten()
        elif isinstance(layer, nn.AvgPool2d):
            block, unit = _pool(layer), unit / _window(layer)
        elif rectified:
            block, unit = _best(layer, spikes, target, unit, index)
        else:
            block = _output(layer, unit)
        spikes = block.to(data.device)(spikes, mode=Mode.SAMPLE)
        if spikes.shape[1:-1] != target.shape[1:]:
            raise ValueError(f"{layer} leaves out rows of its input; trim the input")
        block.fit()
        blocks.append(block)
    return Network(blocks, steps)


def _check(data: Tensor) -> None:
    if data.ndim < 2 or data.numel() == 0 or not data.is_floating_point():
        raise ValueError(
            f"data is {data.dtype} of shape {tuple(data.shape)}; needed are floating "
            "point samples of shape (N, C, ...)"
        )
    if not data.isfinite().all() or not data.any():
        raise ValueError("data are all 0 or not all finite; give typical inputs")


def _scale(*values: Tensor) -> int:
    """Units per 1.0, a power of two, with which the values are 8-bit integers."""
    largest = max(float(value.abs().max()) for value in values)
    if not 0 < largest <= LARGEST_WEIGHT:
        raise ValueError(
            f"a layer's weights or data reach {largest:.3g}; they must be above 0 and "
            f"at most {LARGEST_WEIGHT}"
        )
    return int(2 ** math.floor(math.log2(LARGEST_WEIGHT / largest)))


def _input(data: Tensor) -> tuple[Any, float]:
    """Sends the data at every step, shifted to where they aren't negative."""
    scale = _scale(data)
    shift = max(0.0, math.ceil(-float(data.min()) * scale / 2) * 2 / scale)
    block = GradedInput(_graded(scale), bias=shift or None, delay_shift=False)
    return block.to(data.device), shift


def _graded(scale: int) -> dict[str, Any]:
    """A neuron that passes on what it gets, step by step, if above 0."""
    return {**_neuron(1 / scale, scale), "voltage_decay": 1, "graded_spike": True}


def _neuron(threshold: float, scale: int, bias: Tensor | None = None) -> dict[str, Any]:
    norm = None if bias is None else partial(Bias, bias, scale)
    return {
        "threshold": max(threshold, 1 / scale),
        "current_decay": 1,
        "voltage_decay": 0,
        "scale": scale,
        "norm": norm,
    }


def _unshifted(layer: Any, shift: float) -> tuple[nn.Module, float]:
    """The layer for data that are ``shift`` larger; what is left of the shift."""
    if shift and getattr(layer, "padding", 0) not in (0, (0, 0)):
        raise ValueError(
            f"data go down to {-shift:.3g} and {layer} pads them with 0; scale data to "
            "0 or more before training"
        )
    if not shift or not isinstance(layer, Weighted):
        return layer, shift
    bias = 0 if layer.bias is None else layer.bias
    layer.bias = nn.Parameter(bias - shift * layer.weight.flatten(1).sum(1))
    return layer, 0.0


def _weights(layer: Any, unit: float) -> tuple[Tensor, Tensor]:
    """Weights and biases that take rates and give the activation over ``unit``."""
    weight = layer.weight.detach()
    bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach()
    return weight, bias / unit


def _output(layer: Any, unit: float) -> Any:
    if not isinstance(layer, nn.Linear):
        raise ValueError(f"{layer} has no ReLU after it; only a Linear may have none")
    weight, bias = _weights(layer, unit)
    scale = _scale(weight * unit, bias * unit)
    neuron = {**_neuron(1, scale, bias * unit), "voltage_decay": 1}
    block = Output(neuron, layer.in_features, layer.out_features)
    return _filled(block, weight * unit)


def _spiking(layer: Any, unit: float, threshold: float) -> Any:
    """The spiking layer with this threshold."""
    weight, bias = _weights(layer, unit)
    neuron = _neuron(threshold, _scale(weight, bias), bias)
    if isinstance(layer, nn.Linear):
        sizes = (layer.in_features, layer.out_features)
        block = cuba.Dense(neuron, *sizes, delay_shift=False)
    else:
        block = _convolution(layer, neuron)
    block.drive_after_norm = True
    block.f = AnnSampler(*BINS)
    return _filled(block, weight)


def _filled(block: Any, weight: Tensor) -> Any:
    block.synapse.weight.data = weight.reshape(block.synapse.weight.shape).clone()
    return block


def _convolution(layer: nn.Conv2d, neuron: Any) -> Any:
    if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
        raise ValueError(f"{layer} must pad by numbers, with zeros")
    return cuba.Conv(
        neuron,
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        layer.groups,
        delay_shift=False,
    )


def _pool(layer: nn.AvgPool2d) -> Any:
    """Sums windows; what follows takes up their size."""
    if layer.ceil_mode or not layer.count_include_pad or layer.divisor_override:
        raise ValueError(f"{layer} must divide by the window's size, padding included")
    geometry = (layer.kernel_size, layer.stride, layer.padding)
    return GradedPool(_graded(64), *geometry, delay_shift=False)


def _window(layer: nn.AvgPool2d) -> int:
    size = layer.kernel_size
    return size * size if isinstance(size, int) else math.prod(size)


def _best(
    layer: nn.Module, spikes: Tensor, target: Tensor, unit: float, index: int
) -> tuple[Any, float]:
    """The layer whose rates resemble the activations most, and its own unit."""
    top = float(np.quantile(target.cpu().numpy(), TOP)) / unit
    if top <= 0:
        raise ValueError(
            f"layer {index}, {layer}, is silent on these data; give others"
        )
    candidates = []
    for share in SHARES:
        block = _spiking(layer, unit, float(share) * top).to(spikes.device)
        rate = block(spikes, mode=Mode.SNN).mean(dim=-1)
        product, power = (target * rate).sum(), (rate * rate).sum()
        if power > 0:
            likeness = float(product / power.sqrt())
            candidates.append((likeness, float(product / power), block))
    if not candidates:
        raise ValueError(f"layer {index}, {layer}, never spikes; give more steps")
    _, best_unit, best = max(candidates, key=lambda candidate: candidate[0])
    return best, best_unit
