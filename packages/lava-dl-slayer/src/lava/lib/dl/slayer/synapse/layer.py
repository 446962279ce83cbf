"""Real synapses, and the sums over space they compute for all time steps.

Quantised weights are multiples of 2 / w_scale. A sum of them over binary spikes is
exact in float32, so its order doesn't matter: every device, layout and number of
threads gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer.synapse._input import images, trains
from lava.lib.dl.slayer.synapse._weights import Hook, Weights
from lava.lib.dl.slayer.synapse._windows import Windows, gather, scatter, size_of

__all__ = ["Conv", "ConvTranspose", "Dense", "GenericLayer", "Pool", "Unpool"]

Pair = int | Sequence[int]

FEW_IN_DENSE = 0.2
"""Share of non-zero inputs below which a dense layer multiplies events only."""

WIDE = 128
"""Outputs of a dense layer below which torch's product loses less on zeros."""

FEW_IN_CONV = 0.4
"""The same share for a convolution."""

FEW_TO_REPEAT = 0.1
"""The share below which its neurons sum again for the gradient and keep no sums."""

Triple = tuple[int, int, int]

GenericLayer = Weights


def _triple(name: str, value: Any, time: int) -> Triple:
    """(height, width, time) of an argument for height and width."""
    if isinstance(value, (int, np.integer)):
        return int(value), int(value), time
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        raise ValueError(
            f"{name} is {value!r}; give one integer, or two for (height, width)"
        )
    return int(value[0]), int(value[1]), time


def _spatial(
    kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> dict[str, Any]:
    """The arguments of a three-dimensional convolution that leaves time alone."""
    return {
        "kernel_size": _triple("kernel_size", kernel_size, 1),
        "stride": _triple("stride", stride, 1),
        "padding": _triple("padding", padding, 0),
        "dilation": _triple("dilation", dilation, 1),
    }


def _some_time(input: Tensor) -> tuple[Tensor, int]:
    """The input with one step at least, which torch's convolutions need."""
    steps = input.shape[-1]
    return (input if steps else F.pad(input, (0, 1))), steps


def convolution(
    input: Tensor, weight: Tensor, windows: Windows, groups: int = 1
) -> Tensor:
    """Convolution over the images of (N, C, H, W, T) by a kernel of four dimensions.

    Where core has no kernel, torch's for one step of time is as fast as its
    two-dimensional one over N T images, whose two transposed copies it saves.
    """
    if ops.convolves(input, weight):
        return ops.convolve(input, weight, windows.over(input), groups)
    if input.shape[-1] == 1:
        pairs = (windows.stride, windows.padding, windows.dilation)
        return F.conv2d(input[..., 0], weight, None, *pairs, groups).unsqueeze(-1)
    input, steps = _some_time(input)
    in_time = (*windows.stride, 1), (*windows.padding, 0), (*windows.dilation, 1)
    return F.conv3d(input, weight.unsqueeze(-1), None, *in_time, groups)[..., :steps]


@fusable
class Dense(Weights, torch.nn.Conv3d):
    """All-to-all synapses.

    Weights have the shape (out, in, 1, 1, 1), or (out, C, H, W, 1) for an image.

    Args:
        in_neurons: Number of inputs, or (W, H) or (W, H, C) of an image.
        out_neurons: Number of outputs.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Function applied to the weights, such as a quantisation.

    Raises:
        ValueError: If ``in_neurons`` or ``out_neurons`` has no such form.
    """

    def __init__(
        self,
        in_neurons: int | Sequence[int],
        out_neurons: int,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = None,
    ) -> None:
        channels, height, width = image_size(in_neurons)
        if not isinstance(out_neurons, (int, np.integer)):
            raise ValueError(f"out_neurons is {out_neurons!r}; give one integer")
        super().__init__(channels, int(out_neurons), (height, width, 1), bias=False)
        self._prepare(weight_scale, weight_norm, pre_hook_fx)

    def forward(self, input: Tensor) -> Tensor:
        """Weighs an input (N, C, T) to (N, out, T), or (N, C, H, W, T) to 5-D."""
        input, weight = trains(input), self.effective_weight()
        if input.ndim == 5 and input.shape[1:4] != weight.shape[1:4]:
            _check_channels(input, weight)
            windows = Windows(
                (weight.shape[2], weight.shape[3]), (1, 1), (0, 0), (1, 1)
            )
            return convolution(input, weight.squeeze(-1), windows)
        if weight.shape[2:] != (1, 1, 1):
            weight = weight.flatten(1)
        if input.ndim == 3:
            return product(input, weight)
        flat = product(input.flatten(1, -2), weight)
        return flat.unflatten(1, (-1, 1, 1)) if input.ndim == 5 else flat

    def by_steps(self, input: Tensor) -> Tensor:
        """The weighted input (N, out, T), where faster in memory as (N, T, out).

        Calls no hooks.
        """
        if input.ndim != 3:
            return self.forward(input)
        return product(trains(input), self.effective_weight(), by_steps=True)


def _check_channels(input: Tensor, weight: Tensor) -> None:
    if input.shape[1] != weight.shape[1]:
        raise ValueError(
            f"input has shape {tuple(input.shape)}, the synapse weights for "
            f"{tuple(weight.shape[1:4])}; put a Flatten before a dense layer"
        )


def product(input: Tensor, weight: Tensor, by_steps: bool = False) -> Tensor:
    """Matrix product over the channels of (N, C, T), for every time step.

    Weights are (Out, C), or have axes of one at the end. Where events are few, the
    product may be stored ``by_steps``, as (N, T, Out).

    Where core has no kernel, a convolution over one step beats torch's matrix product
    twice: it needs no transposed copy of either the input or the output.
    """
    if input.shape[1] != weight.shape[1]:
        raise ValueError(
            f"input has {input.shape[1]} channels; the synapse has weights for "
            f"{weight.shape[1]}"
        )
    if input.numel() == 0:
        return torch.matmul(weight.flatten(1), input)
    few = FEW_IN_DENSE * min(1, weight.shape[0] / WIDE)
    events = ops.find_events(input, few)
    if events is not None and ops.compiled(weight):
        return ops.event_dense(input, weight.flatten(1), events, by_steps)
    if ops.convolves(input, weight):
        return ops.dense(input, weight)
    weight = weight.flatten(1)
    if input.shape[-1] == 1:
        return F.linear(input.squeeze(-1), weight).unsqueeze(-1)
    return F.conv1d(input, weight.unsqueeze(-1))


def image_size(in_neurons: int | Sequence[int]) -> tuple[int, int, int]:
    """(channels, height, width) of the inputs."""
    if isinstance(in_neurons, (int, np.integer)):
        return int(in_neurons), 1, 1
    if not hasattr(in_neurons, "__len__") or len(in_neurons) not in (2, 3):
        raise ValueError(
            f"in_neurons is {in_neurons!r}; give one integer, (W, H) or (W, H, C)"
        )
    width, height, channels = (*map(int, in_neurons), 1)[:3]
    return channels, height, width


class _Sliding(Weights):
    """A synapse whose kernel slides over images."""

    @property
    def _windows(self) -> Windows:
        kernel, stride, padding = self.kernel_size, self.stride, self.padding
        return Windows(kernel[:2], stride[:2], padding[:2], self.dilation[:2])

    def taps(self) -> Tensor:
        """The weights as used, without time."""
        return self.effective_weight().squeeze(-1)


class _Convolving(_Sliding):
    """A kernel of its own from each input to each output channel of a group."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = None,
    ) -> None:
        geometry = _spatial(kernel_size, stride, padding, dilation)
        super().__init__(
            in_features, out_features, **geometry, groups=groups, bias=False
        )
        self._prepare(weight_scale, weight_norm, pre_hook_fx)


@fusable
class Conv(_Convolving, torch.nn.Conv3d):
    """Convolution over space, in fact cross-correlation as in torch.

    Weights have the shape (out, in / groups, height, width, 1).

    Args:
        in_features: Number of input channels.
        out_features: Number of output channels.
        kernel_size: Kernel, one integer or (height, width); likewise the next three.
        stride: Step of the kernel.
        padding: Zeros around the input.
        dilation: Distance of the kernel's taps.
        groups: Number of separate channel groups.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Function applied to the weights, such as a quantisation.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Weighs an input of shape (N, C, H, W, T)."""
        input = images(input)
        events = self._few_events(input)
        if events is not None:
            geometry = self._windows.over(input)
            return ops.event_conv(input, self.taps(), events, geometry)
        return convolution(input, self.taps(), self._windows, self.groups)

    def pending_sum(self, input: Tensor) -> Tensor | ops.PendingSum:
        """As :meth:`forward`, but the product where only events are multiplied."""
        input = images(input)
        events = self._few_events(input)
        if events is None:
            return convolution(input, self.taps(), self._windows, self.groups)
        few = events.step.size <= FEW_TO_REPEAT * input.numel()
        weigh = ops.pending_conv if few else ops.event_conv
        return weigh(input, self.taps(), events, self._windows.over(input))

    def _few_events(self, input: Tensor) -> Any:
        """The events of the input, where a product with them is for this layer."""
        fits = self.groups == 1 and input.shape[1] == self.in_channels
        if not fits or not ops.compiled(self._direction):
            return None
        return ops.find_events(input, FEW_IN_CONV)


@fusable
class ConvTranspose(_Convolving, torch.nn.ConvTranspose3d):
    """Transposed convolution over space.

    Weights have the shape (in, out / groups, height, width, 1). The output's height
    is (H - 1) stride - 2 padding + dilation (kernel - 1) + 1; so is its width.

    Args:
        in_features: Number of input channels.
        out_features: Number of output channels.
        kernel_size: Kernel, one integer or (height, width); likewise the next three.
        stride: Step of the kernel.
        padding: Zeros left out around the output.
        dilation: Distance of the kernel's taps.
        groups: Number of separate channel groups.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Function applied to the weights, such as a quantisation.
    """

    padding: Triple

    # The geometry alone decides the size, so there is no output_size as in torch.
    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        """Weighs an input of shape (N, C, H, W, T)."""
        input = images(input)
        if ops.convolves(input, self._direction):
            windows, count = self._windows, size_of(input)
            geometry = windows.geometry(windows.covered(count), count)
            return ops.convolve_transposed(input, self.taps(), geometry, self.groups)
        input, steps = _some_time(input)
        y = F.conv_transpose3d(
            input,
            self.effective_weight(),
            None,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )
        return y[..., :steps]


class _Uniform(_Sliding):
    """One kernel of equal, fixed weights for every channel by itself."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = None,
    ) -> None:
        stride = kernel_size if stride is None else stride
        geometry = _spatial(kernel_size, stride, padding, dilation)
        super().__init__(1, 1, **geometry, bias=False)
        uniform = torch.full_like(self.weight.detach(), weight_scale)
        self.weight = torch.nn.Parameter(uniform, requires_grad=False)
        self._prepare(1, weight_norm, pre_hook_fx)

    def taps(self) -> Tensor:
        """The weights as used, shape of the kernel."""
        return self.effective_weight().view(self.kernel_size[:2])


@fusable
class Pool(_Uniform, torch.nn.Conv3d):
    """Sum over windows of each channel, times one fixed weight.

    The input is filled up with zeros to a multiple of the kernel. Weights have the
    shape (1, 1, height, width, 1).

    Args:
        kernel_size: Window, one integer or (height, width); likewise the next three.
        stride: Step of the window; its size if None.
        padding: Zeros around the input.
        dilation: Distance of the window's taps.
        weight_scale: The weight.
        weight_norm: Store the weights normalised.
        pre_hook_fx: Function applied to the weights, such as a quantisation.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Sums windows of an input of shape (N, C, H, W, T)."""
        return gather(images(input), self.taps(), self._windows)

    def pending_sum(self, input: Tensor) -> Tensor | ops.PendingSum:
        """As :meth:`forward`, but the product where core sums windows."""
        input = images(input)
        windows, size = self._windows, size_of(input)
        geometry = windows.geometry(size, windows.count(windows.filled(size)))
        product = ops.pending_windows(input, self.taps(), geometry)
        return gather(input, self.taps(), windows) if product is None else product


@fusable
class Unpool(_Uniform, torch.nn.ConvTranspose3d):
    """Spreads every value over a window of its channel, times one fixed weight.

    Weights have the shape (1, 1, height, width, 1).

    Args:
        kernel_size: Window, one integer or (height, width); likewise the next three.
        stride: Step of the window; its size if None.
        padding: Zeros left out around the output.
        dilation: Distance of the window's taps.
        weight_scale: The weight.
        weight_norm: Store the weights normalised.
        pre_hook_fx: Function applied to the weights, such as a quantisation.
    """

    # The geometry alone decides the size, so there is no output_size as in torch.
    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        """Spreads an input of shape (N, C, H, W, T)."""
        return scatter(images(input), self.taps(), self._windows)
