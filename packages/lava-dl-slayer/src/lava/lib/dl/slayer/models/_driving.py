"""PilotNet, which steers a car by the images of a camera (Bojarski et al., 2016)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch

from lava.lib.dl.slayer.block import cuba, sigma_delta
from lava.lib.dl.slayer.models._network import Network
from lava.lib.dl.slayer.neuron import Dropout
from lava.lib.dl.slayer.neuron.norm import MeanOnlyBatchNorm
from lava.lib.dl.slayer.synapse._windows import Windows

# Output channels, stride and padding of each convolution 3 x 3, and dense sizes.
_BOTH = (24, (2, 2), (0, 0)), (36, (2, 2), (0, 0))
_LAST = (64, (2, 1), (1, 0)), (64, (1, 1), (0, 0))
_SDNN = (*_BOTH, *_LAST)
_LIF = (*_BOTH, (48, (2, 2), (0, 0)), *_LAST)
_DENSE = (100, 50, 10)
_OPTIONS: dict[str, Any] = {"weight_scale": 2, "weight_norm": True}

LIF: dict[str, Any] = {
    "threshold": 0.4,
    "current_decay": 1.0,
    "voltage_decay": 0.25,
    "tau_grad": 0.5,
    "requires_grad": True,
}
SDNN: dict[str, Any] = {
    "threshold": 0.1,
    "tau_grad": 0.5,
    "scale_grad": 1,
    "requires_grad": True,
    "activation": torch.nn.functional.relu,
}


def pilotnet_sdnn(
    input_shape: tuple[int, int, int] = (3, 33, 100), **neuron: Any
) -> Network:
    """Sigma-delta PilotNet: an image a step in, a steering angle a step out.

    Args:
        input_shape: Colours, height, width; images are of shape ``(N, *shape, T)``.
        neuron: Changes of the neurons' parameters.
    """
    params = {**SDNN, **neuron}
    conv = {**params, "norm": MeanOnlyBatchNorm}
    blocks: list[Any] = [sigma_delta.Input(params)]
    blocks += _convolutions(sigma_delta, conv, input_shape[0], _SDNN)
    sizes = (_flat(input_shape, _SDNN), *_DENSE)
    for n, m in pairwise(sizes):
        dense = {**params, "dropout": Dropout(p=0.2)}
        blocks.append(sigma_delta.Dense(dense, n, m, **_OPTIONS))
    return Network([*blocks, sigma_delta.Output(params, sizes[-1], 1, **_OPTIONS)])


def pilotnet_lif(
    input_shape: tuple[int, int, int] = (3, 66, 200), **neuron: Any
) -> Network:
    """Spiking PilotNet: an image held for some steps, the angle as a membrane.

    Args:
        input_shape: Colours, height, width; images are of shape ``(N, *shape, T)``.
        neuron: Changes of the neurons' parameters.
    """
    params = {**LIF, **neuron}
    blocks: list[Any] = [cuba.Input(params, weight=0.625, bias=0.5625)]
    blocks += _convolutions(cuba, params, input_shape[0], _LIF)
    sizes = (_flat(input_shape, _LIF), *_DENSE)
    for n, m in pairwise(sizes):
        blocks.append(cuba.Dense(params, n, m, **_OPTIONS))
    last = cuba.Affine({**params, "voltage_decay": 0.0}, sizes[-1], 1)
    return Network([*blocks, last])


def _convolutions(family: Any, params: Any, channels: int, layers: Any) -> list[Any]:
    """Convolutions of a family of blocks, and its Flatten."""
    blocks = []
    for out, stride, padding in layers:
        geometry = {"stride": stride, "padding": padding}
        blocks.append(family.Conv(params, channels, out, 3, **geometry, **_OPTIONS))
        channels = out
    return [*blocks, family.Flatten()]


def _flat(shape: tuple[int, int, int], layers: Any) -> int:
    """Values that the last convolution puts out."""
    size = shape[1:]
    for _, stride, padding in layers:
        size = Windows((3, 3), stride, padding, (1, 1)).count(size)
    return int(layers[-1][0]) * math.prod(size)
