"""Layers whose synapses are a kernel that slides over the input."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from lava.lib.dl.spec._codec import IntArray, Integer, Pair, Shape
from lava.lib.dl.spec._layer import COUNT, BiasedLayer, SynapseLayer, imaginary, weights
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import Derived, derived, marked, optional


@dataclass(frozen=True, eq=False)
class KernelLayer(SynapseLayer):
    """What layers with a sliding kernel share.

    Attributes:
        stride: Step of the kernel, (height, width).
        padding: Zeros around the input, (height, width).
        dilation: Distance of the kernel's taps, (height, width).
        input_shape: (channels, height, width) of the input, which a network needs that
            begins with this layer; None where the file doesn't say.
    """

    derived: ClassVar[Derived] = (
        derived("kernelSize", Pair(low=1), "kernel (height, width)", "kernel_size"),
    )
    _: KW_ONLY
    stride: tuple[int, int] = optional(
        "stride", Pair(low=1), "step of the kernel", (1, 1), unit="pixel"
    )
    padding: tuple[int, int] = optional(
        "padding", Pair(), "zeros around the input", (0, 0), unit="pixel"
    )
    dilation: tuple[int, int] = optional(
        "dilation", Pair(low=1), "distance of the taps", (1, 1), unit="pixel"
    )
    input_shape: tuple[int, ...] | None = marked(
        "input_shape", Shape(), "shape of the input"
    )

    @property
    def kernel_size(self) -> tuple[int, int]:
        """Kernel as (height, width)."""
        height, width = self.weight.shape[2:]
        return int(height), int(width)

    def check(self) -> Iterator[Problem]:
        """The output is (channels, height, width)."""
        yield from super().check()
        if len(self.shape) != 3:
            told = (
                f"shape is {self.shape}; a {self.type} layer needs "
                "(channels, height, width)"
            )
            yield problem("shape", "shape", told)
        elif self.input_shape is not None and not self.takes(self.input_shape):
            told = (
                f"input_shape is {self.input_shape}, from which the layer can't make "
                f"its shape {self.shape}"
            )
            yield problem("shape", "input_shape", told)

    @property
    def input_channels(self) -> int:
        """Number of channels of the input."""
        return self.channels

    def takes(self, given: tuple[int, ...]) -> bool:
        """Whether an input of this shape gives the layer's own."""
        fits = len(given) == 3 and given[0] == self.input_channels
        return fits and self.output_size(*given[1:]) == self.shape[1:]

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output for an input of the given size."""
        spans = self._along_axes(height, width)
        high, wide = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans)
        return high, wide

    def transposed_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output where the kernel is transposed."""
        spans = self._along_axes(height, width)
        high, wide = ((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in spans)
        return high, wide

    def _along_axes(self, *size: int) -> Iterator[tuple[int, ...]]:
        geometry = (self.kernel_size, self.stride, self.padding, self.dilation)
        yield from zip(size, *geometry, strict=True)


_CONV = ("output channel", "input channel / groups", "height", "width")
_TRANSPOSE = ("input channel", "output channel / groups", "height", "width")
_POOL = ("1", "1", "height", "width")


@dataclass(frozen=True, eq=False)
class Conv(KernelLayer, BiasedLayer):
    """Convolution, in fact cross-correlation as in PyTorch (``conv``).

    Attributes:
        weight: Shape (output channels, input channels / groups, height, width).
        groups: Number of separate channel groups.
    """

    type: ClassVar[str] = "conv"
    derived: ClassVar[Derived] = (
        derived("inChannels", COUNT, "number of input channels", "in_channels"),
        derived("outChannels", COUNT, "number of output channels", "out_channels"),
        *KernelLayer.derived,
    )
    weight: IntArray = field(metadata=weights("weight", 4, _CONV))
    _: KW_ONLY
    weight_imag: IntArray | None = imaginary("weight", 4, _CONV)
    groups: int = optional(
        "groups", Integer(low=1, high=2**24), "channel groups", 1, unit="count"
    )

    @property
    def in_channels(self) -> int:
        """Number of input channels."""
        return int(self.weight.shape[1]) * self.groups

    @property
    def input_channels(self) -> int:
        """Number of channels of the input."""
        return self.in_channels

    @property
    def out_channels(self) -> int:
        """Number of output channels."""
        return int(self.weight.shape[0])

    @property
    def bias_shapes(self) -> set[tuple[int, ...]]:
        """One per channel, or one per neuron in (width, height, channel) order."""
        return {(self.channels,), (math.prod(self.shape),), self.shape[::-1]}

    def check(self) -> Iterator[Problem]:
        """Channels match the shape and divide into the groups."""
        yield from super().check()
        if self.out_channels != self.channels:
            told = (
                f"weight has {self.out_channels} output channels, but shape "
                f"{self.shape} has {self.channels}"
            )
            yield problem("features", "weight", told)
        if self.out_channels % self.groups or self.in_channels % self.groups:
            told = (
                f"{self.groups} groups don't divide {self.in_channels} input and "
                f"{self.out_channels} output channels"
            )
            yield problem("features", "groups", told)


@dataclass(frozen=True, eq=False)
class ConvTranspose(Conv):
    """Transposed convolution (``convT``).

    Attributes:
        weight: Shape (input channels, output channels / groups, height, width).
    """

    type: ClassVar[str] = "convT"
    weight: IntArray = field(metadata=weights("weight", 4, _TRANSPOSE))
    _: KW_ONLY
    weight_imag: IntArray | None = imaginary("weight", 4, _TRANSPOSE)

    @property
    def in_channels(self) -> int:
        """Number of input channels."""
        return int(self.weight.shape[0])

    @property
    def out_channels(self) -> int:
        """Number of output channels."""
        return int(self.weight.shape[1]) * self.groups

    output_size = KernelLayer.transposed_size


@dataclass(frozen=True, eq=False)
class Pool(KernelLayer):
    """Weighted sum over windows of each channel by itself (``pool``).

    Attributes:
        weight: Shape (1, 1, height, width).
    """

    type: ClassVar[str] = "pool"
    weight: IntArray = field(metadata=weights("weight", 4, _POOL))
    _: KW_ONLY
    weight_imag: IntArray | None = imaginary("weight", 4, _POOL)

    def check(self) -> Iterator[Problem]:
        """There is one kernel for all channels."""
        yield from super().check()
        if self.weight.shape[:2] != (1, 1):
            told = f"weight has shape {self.weight.shape}; needed is (1, 1, h, w)"
            yield problem("features", "weight", told)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Size for an input filled up with zeros to a multiple of the kernel."""
        high, wide = self.kernel_size
        return super().output_size(height + -height % high, width + -width % wide)


@dataclass(frozen=True, eq=False)
class Unpool(Pool):
    """Transposed weighted sum over windows of each channel by itself (``unpool``)."""

    type: ClassVar[str] = "unpool"

    output_size = KernelLayer.transposed_size
