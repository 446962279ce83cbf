"""Convolutions over the image of every step, and their adjoint, as operators.

Sums run in a fixed order, so any number of threads gives the same bits. A dense layer
is the case of one pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch.nn.grad import conv3d_input

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import products as plain
from lava.lib.dl.slayer.ops._launch import compiled
from lava.lib.dl.slayer.ops._operator import Operator, Tensors
from lava.lib.dl.slayer.ops._windows import geometry_of

PIXEL = [1, 1] * 4 + [0, 0, 1, 1]
"""The geometry of one pixel and its one window."""

SHORT = 16
"""Steps below which a dense layer has those of all samples in one row."""

FUSES = training.fuses()
"""Whether this machine has fused multiply-adds, without which torch is faster."""


def convolves(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether these operators are for such tensors, on this machine.

    On a GPU they are what keeps exact products exact: torch's own may round them.
    """
    here = FUSES and first.is_cpu and second.is_cpu
    there = first.is_cuda and second.is_cuda
    return (here or there) and first.dtype is second.dtype is torch.float32


class _Numbers(NamedTuple):
    """Geometry and groups.

    Where the geometry is that of one pixel, images (N, C, T) do without its axes, and
    weights may have any of one at the end.
    """

    geometry: Sequence[int]
    groups: int


_PIXEL = _Numbers(PIXEL, 1)


def convolve(
    image: torch.Tensor, weight: torch.Tensor, geometry: Sequence[int], groups: int
) -> torch.Tensor:
    """Cross-correlation over space of every step.

    Args:
        image: float32 (N, C, H, W, T).
        weight: float32 (Out, C / groups, kernel height, kernel width).
        geometry: as :func:`window_sum` takes it.
        groups: number of separate channel groups.

    Returns:
        float32 (N, Out, windows high, windows wide, T).
    """
    return _CONVOLVE((image, weight), _Numbers(geometry, groups))[0]


def convolve_transposed(
    values: torch.Tensor, weight: torch.Tensor, geometry: Sequence[int], groups: int
) -> torch.Tensor:
    """The adjoint of :func:`convolve`, from its output's shape to its input's."""
    numbers = _Numbers(geometry, groups)
    return _TRANSPOSED((values, weight), numbers)[0]


def _product(
    kernel: Callable[..., Any],
    by_torch: Callable[..., torch.Tensor],
    tensors: Tensors,
    numbers: _Numbers,
) -> Tensors:
    if compiled(tensors[0]):
        return _grouped(kernel, tensors, numbers, (1, 0, 1))
    geometry = geometry_of(*numbers.geometry)
    product = by_torch(*map(plain.with_space, tensors), geometry, numbers.groups)
    return [product if tensors[0].ndim == 5 else product.flatten(2)]


def _weight_gradient(tensors: Tensors, numbers: _Numbers) -> Tensors:
    return _grouped(training.product_weight_gradient, tensors, numbers, (1, 1, 0))


def _grouped(
    kernel: Callable[..., Any],
    tensors: Tensors,
    numbers: _Numbers,
    axes: tuple[int, int, int],
) -> Tensors:
    """A kernel's result for all groups, along these axes of tensors and result."""
    geometry, groups = geometry_of(*numbers.geometry), numbers.groups
    if groups == 1:
        return [kernel(*tensors, geometry)]
    parts = (t.chunk(groups, axis) for t, axis in zip(tensors, axes, strict=False))
    results = [kernel(*pair, geometry) for pair in zip(*parts, strict=True)]
    return [torch.cat(results, axes[2])]


def _like_windows(tensors: Tensors, numbers: _Numbers) -> Tensors:
    image, weight = tensors
    return [_empty_image(image, weight.shape[0], numbers.geometry[2:4])]


def _like_image(tensors: Tensors, numbers: _Numbers) -> Tensors:
    values, weight = tensors
    channels = weight.shape[1] * numbers.groups
    return [_empty_image(values, channels, numbers.geometry[:2])]


def _empty_image(x: torch.Tensor, channels: int, size: Sequence[int]) -> torch.Tensor:
    space = size if x.ndim == 5 else ()
    return x.new_empty((x.shape[0], channels, *space, x.shape[-1]))


def _like_weight(tensors: Tensors, numbers: _Numbers) -> Tensors:
    image, values = tensors
    inputs, kernel = image.shape[1] // numbers.groups, numbers.geometry[4:6]
    return [image.new_empty((values.shape[1], inputs, *kernel))]


# Each is linear in both of its tensors, so that the three give each other's gradients.


def _gradient(
    transposed: bool,
    grads: Tensors,
    saved: Tensors,
    numbers: _Numbers,
    needs: Sequence[bool],
) -> Tensors:
    (grad,), (values, weight) = grads, saved
    if not compiled(grad):
        arguments = (geometry_of(*numbers.geometry), numbers.groups, needs, transposed)
        return plain.gradients(grad, values, weight, *arguments)
    grad = grad.contiguous()  # once for both, where steps come first
    adjoint = _CONVOLVE if transposed else _TRANSPOSED
    pair = (grad, values) if transposed else (values, grad)
    return [
        adjoint((grad, weight), numbers)[0] if needs[0] else None,
        _WEIGHT(pair, numbers)[0].reshape(weight.shape) if needs[1] else None,
    ]


def _gradient_of_weight(
    grads: Tensors, saved: Tensors, numbers: _Numbers, needs: Sequence[bool]
) -> Tensors:
    (grad,), (image, values) = grads, saved
    return [
        _TRANSPOSED((values, grad), numbers)[0] if needs[0] else None,
        _CONVOLVE((image, grad), numbers)[0] if needs[1] else None,
    ]


_CONVOLVE = Operator(
    "convolve",
    ("image", "weight"),
    partial(_product, training.product, plain.convolve),
    _like_windows,
    _Numbers,
    gradient=partial(_gradient, False),
)
_TRANSPOSED = Operator(
    "convolve_transposed",
    ("values", "weight"),
    partial(_product, training.product_adjoint, plain.convolve_transposed),
    _like_image,
    _Numbers,
    gradient=partial(_gradient, True),
)
_WEIGHT = Operator(
    "convolve_weight",
    ("image", "values"),
    _weight_gradient,
    _like_weight,
    _Numbers,
    gradient=_gradient_of_weight,
)


def dense(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Matrix product over the channels of an input (N, C, T), for every step.

    Args:
        input: float32 (N, C, T).
        weight: float32 (Out, C), or with axes of one at the end.
    """
    samples, _, steps = input.shape
    if steps >= SHORT or samples == 1:
        return _CONVOLVE((input, weight), _PIXEL)[0]
    row = input.transpose(0, 1).flatten(1).unsqueeze(0)
    sums: torch.Tensor = _CONVOLVE((row, weight), _PIXEL)[0]
    return sums.squeeze(0).unflatten(1, (-1, steps)).transpose(0, 1)


def fed_back(spikes: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What spikes (N, C) of one step add to the next, through weights (Out, C)."""
    if not compiled(spikes) and convolves(spikes, weight):
        return dense(spikes.unsqueeze(-1), weight).squeeze(-1)
    return spikes @ weight.T


def input_gradient(
    shape: tuple[int, ...],
    weight: torch.Tensor,
    grad: torch.Tensor,
    geometry: Sequence[int],
) -> torch.Tensor:
    """Gradient of a convolution's input (N, C, H, W, T) from that of its sums."""
    if compiled(grad) and convolves(weight, grad):
        return convolve_transposed(grad, weight, geometry, 1)
    stride, padding, dilation = (
        (*geometry[first : first + 2], last)
        for first, last in ((6, 1), (8, 0), (10, 1))
    )
    return conv3d_input(shape, weight[..., None], grad, stride, padding, dilation)
