"""Convolutions as matrix products in full float32, for devices without our kernel.

Libraries round what is exact: inputs to the 10 bits of TF32 where flags allow it, and
the fractions of a transform (Winograd, FFT) that they choose for small windows.
Matrix products do neither, once TF32 and autocast are off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.core.training import ConvGeometry

DEEP = 128
"""Channels times taps up to which one matrix product takes several taps."""


@contextmanager
def full_float32() -> Iterator[None]:
    """Products of float32 tensors on a GPU in float32, whatever flags say.

    Changes a flag of torch only if it allows less, and only inside: gradients, which
    are computed later, do as it says.
    """
    with torch.autocast("cuda", enabled=False), _without_tf32():
        yield


@contextmanager
def _without_tf32() -> Iterator[None]:
    matmul = torch.backends.cuda.matmul
    # Until torch 2.9 the flag had two values; reading that one may raise since.
    named = hasattr(matmul, "fp32_precision")
    flag, full = ("fp32_precision", "ieee") if named else ("allow_tf32", False)
    before = getattr(matmul, flag)
    if before in (full, "none"):
        yield
        return
    try:
        setattr(matmul, flag, full)
        yield
    finally:
        if named:  # What it inherited, it goes on to inherit.
            setattr(matmul, flag, "none")
        if getattr(matmul, flag) != before:
            setattr(matmul, flag, before)


def with_space(x: Tensor) -> Tensor:
    """An image (N, C, T) or weights (Out, C) of one pixel with its axes."""
    return x if x.ndim > 3 else x.reshape(*x.shape[:2], 1, 1, *x.shape[2:])


def convolve(
    image: Tensor, weight: Tensor, geometry: ConvGeometry, groups: int
) -> Tensor:
    """Cross-correlation of (N, C, H, W, T) with (Out, C / groups, height, width)."""
    high, wide = geometry.padding
    padded = F.pad(image, (0, 0, wide, wide, high, high)) if high or wide else image
    samples, _, _, _, steps = image.shape
    factors = weight.flatten(2).unflatten(0, (groups, -1))
    shape = (samples, groups, _count(geometry) * steps)
    total: Tensor | None = None
    with full_float32():
        for taps in _shares(geometry, factors.shape[2]):
            views = [padded[_seen(geometry, tap)] for tap in taps]
            pixels = views[0] if len(views) == 1 else torch.stack(views, dim=2)
            sums = factors[..., taps.start : taps.stop].flatten(2) @ _as(pixels, shape)
            total = sums if total is None else total.add_(sums)
    assert total is not None  # A window has a tap.
    return total.view(samples, weight.shape[0], *geometry.windows, steps)


def convolve_transposed(
    values: Tensor, weight: Tensor, geometry: ConvGeometry, groups: int
) -> Tensor:
    """The adjoint: (N, C, h, w, T) by (C, Out / groups, height, width) to an image."""
    samples, _, _, _, steps = values.shape
    flat = _as(values, (samples, groups, _count(geometry) * steps))
    factors = weight.flatten(2).unflatten(0, (groups, -1)).permute(0, 3, 2, 1)
    outputs, (height, width) = groups * factors.shape[2], geometry.size
    high, wide = geometry.padding
    size = (height + 2 * high, width + 2 * wide)
    image = values.new_zeros((samples, outputs, *size, steps))
    with full_float32():
        for taps in _shares(geometry, factors.shape[2]):
            product = factors[:, taps.start : taps.stop].flatten(1, 2) @ flat
            parts = product.unflatten(2, (len(taps), -1)).unbind(2)
            for tap, part in zip(taps, parts, strict=True):
                place = image[_seen(geometry, tap)]
                place += part.reshape(place.shape)
    return image[:, :, high : high + height, wide : wide + width].contiguous()


def _as(x: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """As (N, groups, channels, columns), an empty one as well."""
    samples, groups, columns = shape
    channels = x.shape[1:-3].numel() // groups
    return x.reshape(samples, groups, channels, columns)


def _count(geometry: ConvGeometry) -> int:
    return math.prod(geometry.windows)


def _shares(geometry: ConvGeometry, channels: int) -> Iterator[range]:
    """The taps of a window, in C order, cut to what one product takes."""
    count, share = math.prod(geometry.kernel), max(1, DEEP // max(1, channels))
    for first in range(0, count, share):
        yield range(first, min(first + share, count))


def _seen(geometry: ConvGeometry, tap: int) -> tuple[Any, ...]:
    """Where all windows have this tap in the padded image."""
    g, at = geometry, divmod(tap, geometry.kernel[1])
    axes = zip(at, g.dilation, g.windows, g.stride, strict=True)
    rows, columns = (
        slice(place * dilation, place * dilation + (count - 1) * stride + 1, stride)
        for place, dilation, count, stride in axes
    )
    return ..., rows, columns, slice(None)


def gradients(
    grad: Tensor,
    input: Tensor,
    weight: Tensor,
    geometry: ConvGeometry,
    groups: int,
    needs: Sequence[bool],
    transposed: bool = False,
) -> list[Tensor | None]:
    """Gradients of either's input and weight, by the library and as its flags say."""
    if grad.numel() == 0:  # Libraries refuse it.
        return [torch.zeros_like(input), torch.zeros_like(weight)]
    like, steps = (input, weight), grad.shape[-1]
    grad, input = with_space(grad), with_space(input)
    weight = weight.reshape(*weight.shape[:2], *geometry.kernel)
    if _is_pixel(geometry):  # One pixel is a convolution of its row.
        tensors = grad[:, :, 0], input[:, :, 0], weight
        pairs = [(1, 1), (0, 0), (1, 1)]
    else:
        tensors = _images(grad), _images(input), weight
        pairs = [geometry.stride, geometry.padding, geometry.dilation]
    to_input, to_weight, _ = torch.ops.aten.convolution_backward(
        *tensors, None, *pairs, transposed, [0, 0], groups, [*needs, False]
    )
    if to_input is not None and not _is_pixel(geometry):
        to_input = _rows(to_input, steps)
    gradient_pairs = zip((to_input, to_weight), like, strict=True)
    return [x if x is None else x.reshape(each.shape) for x, each in gradient_pairs]


def _images(x: Tensor) -> Tensor:
    """(N, C, H, W, T) as (N T, C, H, W), channels last, where libraries are fastest.

    With time last a convolution takes them several times as long on a GPU.
    """
    return x.permute(0, 4, 2, 3, 1).flatten(0, 1).contiguous().permute(0, 3, 1, 2)


def _rows(images: Tensor, steps: int) -> Tensor:
    """Back again, to time last."""
    return images.unflatten(0, (-1, steps)).permute(0, 2, 3, 4, 1).contiguous()


def _is_pixel(geometry: ConvGeometry) -> bool:
    sizes = {geometry.size, geometry.kernel, geometry.windows}
    return sizes == {(1, 1)} and geometry.padding == (0, 0)
