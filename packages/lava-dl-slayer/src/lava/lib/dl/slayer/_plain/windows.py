"""Sums over windows of each channel by itself, and their adjoint.

The taps of a window are strided views with time contiguous, whose addition beats a
depth-wise convolution.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.core.training import ConvGeometry


def window_sum(image: Tensor, taps: Tensor, geometry: ConvGeometry) -> Tensor:
    """From images (N, C, H, W, T) to their windows, times the factors ``taps``."""
    total = image.new_zeros((*image.shape[:2], *geometry.windows, image.shape[4]))
    views = _views(_padded(image, geometry), geometry)
    for tap, factor in zip(views, taps.flatten(), strict=True):
        total.addcmul_(tap, factor)
    return total


def window_spread(values: Tensor, taps: Tensor, geometry: ConvGeometry) -> Tensor:
    """The adjoint of :func:`window_sum`."""
    (high, wide), (height, width) = geometry.padding, geometry.size
    tall, broad = map(max, _extent(geometry), (high + height, wide + width))
    image = values.new_zeros((*values.shape[:2], tall, broad, values.shape[4]))
    for tap, factor in zip(_views(image, geometry), taps.flatten(), strict=True):
        tap.addcmul_(values, factor)
    return image[:, :, high : high + height, wide : wide + width].contiguous()


def tap_gradient(image: Tensor, values: Tensor, geometry: ConvGeometry) -> Tensor:
    """That of the taps: how much each of the image meets of the windows' values."""
    sums = [(values * tap).sum() for tap in _views(_padded(image, geometry), geometry)]
    return torch.stack(sums).reshape(geometry.kernel)


def _padded(image: Tensor, geometry: ConvGeometry) -> Tensor:
    (high, wide), (tall, broad) = geometry.padding, _extent(geometry)
    below, right = tall - high - geometry.size[0], broad - wide - geometry.size[1]
    return F.pad(image, (0, 0, wide, max(right, 0), high, max(below, 0)))


def _extent(geometry: ConvGeometry) -> list[int]:
    """Height and width that the windows cover, padding included."""
    return [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in _axes(geometry)]


def _views(image: Tensor, geometry: ConvGeometry) -> Iterator[Tensor]:
    """All windows' first tap of a padded image, second tap and so on, in C order."""
    rows, columns = (
        [slice(i * d, i * d + (n - 1) * s + 1, s) for i in range(k)]
        for n, k, s, d in _axes(geometry)
    )
    for row in rows:
        for column in columns:
            yield image[:, :, row, column]


def _axes(geometry: ConvGeometry) -> Iterator[tuple[int, int, int, int]]:
    """Of each axis the number of windows, their kernel, stride and dilation."""
    kernel, stride = geometry.kernel, geometry.stride
    return zip(geometry.windows, kernel, stride, geometry.dilation, strict=True)
