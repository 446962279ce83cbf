"""Sums over windows of each channel by itself, and their adjoint.

The taps of a window are strided views with time contiguous, so a few additions of
whole views beat a depth-wise convolution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

__all__ = ["Windows", "gather", "scatter"]

Two = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """How windows lie over an image; each pair is (height, width)."""

    kernel: Two
    stride: Two
    padding: Two
    dilation: Two

    def count(self, size: Two) -> Two:
        """Number of windows over a padded image."""
        spans = zip(size, self.kernel, self.stride, self.dilation, strict=True)
        high, wide = ((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in spans)
        return high, wide

    def extent(self, count: Two) -> Two:
        """Size of the padded image that so many windows cover."""
        spans = zip(count, self.kernel, self.stride, self.dilation, strict=True)
        high, wide = ((n - 1) * s + d * (k - 1) + 1 for n, k, s, d in spans)
        return high, wide

    def taps(self, image: torch.Tensor, count: Two) -> Iterator[torch.Tensor]:
        """Views of all windows' first tap, second tap and so on, in C order."""
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                rows = _every(i * self.dilation[0], count[0], self.stride[0])
                columns = _every(j * self.dilation[1], count[1], self.stride[1])
                yield image[:, :, rows, columns]


def _every(start: int, count: int, step: int) -> slice:
    return slice(start, start + (count - 1) * step + 1, step)


def _sum(image: torch.Tensor, weight: torch.Tensor, windows: Windows) -> torch.Tensor:
    count = windows.count((image.shape[2], image.shape[3]))
    if min(count) < 1:
        raise ValueError(
            f"input of height and width {tuple(image.shape[2:4])}, padding included, "
            f"is smaller than the window {windows.extent((1, 1))}"
        )
    total = image.new_zeros((*image.shape[:2], *count, *image.shape[4:]))
    for tap, factor in zip(windows.taps(image, count), weight.flatten(), strict=True):
        total.addcmul_(tap, factor)
    return total


def _spread(
    values: torch.Tensor, weight: torch.Tensor, windows: Windows, size: Two
) -> torch.Tensor:
    image = values.new_zeros((*values.shape[:2], *size, *values.shape[4:]))
    count = (values.shape[2], values.shape[3])
    for tap, factor in zip(windows.taps(image, count), weight.flatten(), strict=True):
        tap.addcmul_(values, factor)
    return image


def _correlate(
    values: torch.Tensor, image: torch.Tensor, windows: Windows, weight: torch.Tensor
) -> torch.Tensor:
    """Gradient of the weights: how much each tap saw of the values."""
    count = (values.shape[2], values.shape[3])
    seen = [(values * tap).sum() for tap in windows.taps(image, count)]
    return torch.stack(seen).reshape(weight.shape)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, image: torch.Tensor, weight: torch.Tensor, windows: Windows
    ) -> torch.Tensor:
        ctx.windows, ctx.size = windows, (image.shape[2], image.shape[3])
        ctx.save_for_backward(image if weight.requires_grad else None, weight)
        return _sum(image, weight, windows)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        image, weight = ctx.saved_tensors
        seen = None
        if ctx.needs_input_grad[1]:
            seen = _correlate(grad, image, ctx.windows, weight)
        return _spread(grad, weight, ctx.windows, ctx.size), seen, None


class _Scatter(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, values: torch.Tensor, weight: torch.Tensor, windows: Windows
    ) -> torch.Tensor:
        ctx.windows = windows
        ctx.save_for_backward(values if weight.requires_grad else None, weight)
        size = windows.extent((values.shape[2], values.shape[3]))
        return _spread(values, weight, windows, size)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        values, weight = ctx.saved_tensors
        seen = None
        if ctx.needs_input_grad[1]:
            seen = _correlate(values, grad, ctx.windows, weight)
        return _sum(grad, weight, ctx.windows), seen, None


def gather(image: torch.Tensor, weight: torch.Tensor, windows: Windows) -> torch.Tensor:
    """Sums windows of each channel.

    Args:
        image: Shape (N, C, H, W, T); filled up with zeros at the end to a multiple
            of the kernel, then padded.
        weight: Factor of each tap, shape of the kernel.
        windows: How the windows lie.

    Returns:
        Tensor of shape (N, C, H', W', T).
    """
    (bottom, right), (high, wide) = windows.padding, windows.padding
    bottom += -image.shape[2] % windows.kernel[0]
    right += -image.shape[3] % windows.kernel[1]
    padded = F.pad(image, (0, 0, wide, right, high, bottom))
    summed: torch.Tensor = _Gather.apply(padded, weight, windows)
    return summed


def scatter(
    values: torch.Tensor, weight: torch.Tensor, windows: Windows
) -> torch.Tensor:
    """Spreads values over windows of each channel; the adjoint of a sum over them.

    Args:
        values: Shape (N, C, H, W, T).
        weight: Factor of each tap, shape of the kernel.
        windows: How the windows lie; the padding is cut off.

    Returns:
        Tensor of shape (N, C, H', W', T).
    """
    image: torch.Tensor = _Scatter.apply(values, weight, windows)
    (high, wide), (height, width) = windows.padding, image.shape[2:4]
    return image[:, :, high : height - high, wide : width - wide]
