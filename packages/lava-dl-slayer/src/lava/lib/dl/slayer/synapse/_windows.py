"""Sums over windows of each channel by itself, and their adjoint.

A kernel of core adds them where there is one, on a CPU or a GPU. Elsewhere the taps of
a window are strided views with time contiguous, whose addition beats a depth-wise
convolution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer import ops

Two = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """How windows lie over an image; each pair is (height, width)."""

    kernel: Two
    stride: Two
    padding: Two
    dilation: Two

    def count(self, size: Two) -> Two:
        """Number of windows over an image of this size.

        Raises:
            ValueError: If the image is smaller than a window.
        """
        kernel, padding = self.kernel, self.padding
        height, width = size[0] + 2 * padding[0], size[1] + 2 * padding[1]
        high = _windows(height, kernel[0], self.stride[0], self.dilation[0])
        wide = _windows(width, kernel[1], self.stride[1], self.dilation[1])
        if high < 1 or wide < 1:
            raise ValueError(
                f"input of height and width {(height, width)}, padding included, is "
                f"smaller than the window {self.extent((1, 1))}"
            )
        return high, wide

    def filled(self, size: Two) -> Two:
        """Size of an image filled up to a multiple of the kernel."""
        (height, width), (tall, broad) = size, self.kernel
        return height + -height % tall, width + -width % broad

    def extent(self, count: Two) -> Two:
        """Size of the padded image that so many windows cover."""
        spans = zip(count, self.kernel, self.stride, self.dilation, strict=True)
        high, wide = ((n - 1) * s + d * (k - 1) + 1 for n, k, s, d in spans)
        return high, wide

    def covered(self, count: Two) -> Two:
        """Size of the image that so many windows cover, without its padding."""
        spans = zip(self.extent(count), self.padding, strict=True)
        high, wide = (n - 2 * p for n, p in spans)
        return high, wide

    def geometry(self, size: Two, count: Two) -> list[int]:
        """As the operators take it."""
        lie = (*self.kernel, *self.stride, *self.padding, *self.dilation)
        return [*size, *count, *lie]

    def taps(self, image: Tensor, count: Two) -> Iterator[Tensor]:
        """Views of all windows' first tap, second tap and so on, in C order.

        Args:
            image: Shape (N, C, H, W, T), padded.
            count: Number of windows.
        """
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                rows = _every(i * self.dilation[0], count[0], self.stride[0])
                columns = _every(j * self.dilation[1], count[1], self.stride[1])
                yield image[:, :, rows, columns]


def _windows(size: int, kernel: int, stride: int, dilation: int) -> int:
    """How many windows lie along an axis."""
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def _every(start: int, count: int, step: int) -> slice:
    return slice(start, start + (count - 1) * step + 1, step)


def _size(image: Tensor) -> Two:
    return image.shape[2], image.shape[3]


def _padded(image: Tensor, windows: Windows, count: Two) -> Tensor:
    (high, wide), (height, width) = windows.padding, _size(image)
    tall, broad = windows.extent(count)
    below, right = max(tall - high - height, 0), max(broad - wide - width, 0)
    return F.pad(image, (0, 0, wide, right, high, below))


def _sum(image: Tensor, weight: Tensor, windows: Windows, count: Two) -> Tensor:
    if ops.sums_windows(image, weight):
        geometry = windows.geometry(_size(image), count)
        return ops.window_sum(image, weight, geometry)
    total = image.new_zeros((*image.shape[:2], *count, *image.shape[4:]))
    taps = windows.taps(_padded(image, windows, count), count)
    for tap, factor in zip(taps, weight.flatten(), strict=True):
        total.addcmul_(tap, factor)
    return total


def _spread(values: Tensor, weight: Tensor, windows: Windows, size: Two) -> Tensor:
    count = _size(values)
    if ops.sums_windows(values, weight):
        geometry = windows.geometry(size, count)
        return ops.window_spread(values, weight, geometry)
    (high, wide), (height, width) = windows.padding, size
    tall, broad = map(max, windows.extent(count), (high + height, wide + width))
    image = values.new_zeros((*values.shape[:2], tall, broad, *values.shape[4:]))
    for tap, factor in zip(windows.taps(image, count), weight.flatten(), strict=True):
        tap.addcmul_(values, factor)
    return image[:, :, high : high + height, wide : wide + width]


def _correlate(
    values: Tensor, image: Tensor, windows: Windows, weight: Tensor
) -> Tensor:
    """Gradient of the weights: how much each tap saw of the values."""
    count = _size(values)
    taps = windows.taps(_padded(image, windows, count), count)
    seen = [(values * tap).sum() for tap in taps]
    return torch.stack(seen).reshape(weight.shape)


class _Windowed(torch.autograd.Function):
    """Sums over windows, or their adjoint where it ``spreads``."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, weight: Tensor, windows: Windows, spreads: bool) -> Tensor:
        if spreads:
            return _spread(x, weight, windows, windows.covered(_size(x)))
        return _sum(x, weight, windows, windows.count(windows.filled(_size(x))))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, ctx.windows, ctx.spreads = inputs
        ctx.size = _size(x)
        ctx.save_for_backward(x if weight.requires_grad else None, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        (x, weight), windows, to_weight = ctx.saved_tensors, ctx.windows, None
        if ctx.needs_input_grad[1]:
            values, image = (x, grad) if ctx.spreads else (grad, x)
            to_weight = _correlate(values, image, windows, weight)
        adjoint = _sum if ctx.spreads else _spread
        return adjoint(grad, weight, windows, ctx.size), to_weight, None, None


def gather(image: Tensor, weight: Tensor, windows: Windows) -> Tensor:
    """Sums windows of each channel.

    Args:
        image: Shape (N, C, H, W, T); filled up with zeros at the end to a multiple
            of the kernel, then padded.
        weight: Factor of each tap, shape of the kernel.
        windows: How the windows lie.

    Returns:
        Tensor of shape (N, C, H', W', T).
    """
    return _Windowed.apply(image, weight, windows, False)


def scatter(values: Tensor, weight: Tensor, windows: Windows) -> Tensor:
    """Spreads values over windows of each channel; the adjoint of a sum over them.

    Args:
        values: Shape (N, C, H, W, T).
        weight: Factor of each tap, shape of the kernel.
        windows: How the windows lie; the padding is cut off.

    Returns:
        Tensor of shape (N, C, H', W', T).
    """
    return _Windowed.apply(values, weight, windows, True)
