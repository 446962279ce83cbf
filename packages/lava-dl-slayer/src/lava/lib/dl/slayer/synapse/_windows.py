"""Sums over windows of each channel by itself, and their adjoint."""

from __future__ import annotations

from dataclasses import dataclass

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

    def over(self, image: Tensor) -> list[int]:
        """Those over an image (N, C, H, W, T), as the operators take them."""
        size = size_of(image)
        return self.geometry(size, self.count(size))

    def geometry(self, size: Two, count: Two) -> list[int]:
        """As the operators take it."""
        pairs = (*self.kernel, *self.stride, *self.padding, *self.dilation)
        return [*size, *count, *pairs]


def _windows(size: int, kernel: int, stride: int, dilation: int) -> int:
    """How many windows lie along an axis."""
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def size_of(image: Tensor) -> Two:
    """(height, width) of (N, C, H, W, T)."""
    return image.shape[2], image.shape[3]


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
    count = windows.count(windows.filled(size_of(image)))
    return ops.window_sum(image, weight, windows.geometry(size_of(image), count))


def scatter(values: Tensor, weight: Tensor, windows: Windows) -> Tensor:
    """Spreads values over windows of each channel; the adjoint of a sum over them.

    Args:
        values: Shape (N, C, H, W, T).
        weight: Factor of each tap, shape of the kernel.
        windows: How the windows lie; the padding is cut off.

    Returns:
        Tensor of shape (N, C, H', W', T).
    """
    count = size_of(values)
    geometry = windows.geometry(windows.covered(count), count)
    return ops.window_spread(values, weight, geometry)
