"""Convolutions over the image of every step, and their adjoint, as operators.

Sums run in a fixed order, so any number of threads gives the same bits. A dense layer
is the case of one pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn.grad import conv3d_input

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import products as plain
from lava.lib.dl.slayer.ops._launch import array, compiled
from lava.lib.dl.slayer.ops._operator import Operator, Tensors
from lava.lib.dl.slayer.ops._windows import geometry_of

__all__ = [
    "convolve",
    "convolve_transposed",
    "convolves",
    "dense",
    "fed_back",
    "input_gradient",
]

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
    found: torch.Tensor = _CONVOLVE((image, weight), _Numbers(geometry, groups))[0]
    return found


def convolve_transposed(
    values: torch.Tensor, weight: torch.Tensor, geometry: Sequence[int], groups: int
) -> torch.Tensor:
    """The adjoint of :func:`convolve`, from its output's shape to its input's."""
    numbers = _Numbers(geometry, groups)
    found: torch.Tensor = _TRANSPOSED((values, weight), numbers)[0]
    return found


def _convolve(tensors: Tensors, numbers: _Numbers) -> Tensors:
    if not compiled(tensors[0]):
        image, weight = tensors
        lie = geometry_of(numbers.geometry)
        return [plain.convolve(image, weight, lie, numbers.groups)]
    return _grouped(training.product, tensors, numbers, (1, 0, 1))


def _transposed(tensors: Tensors, numbers: _Numbers) -> Tensors:
    if not compiled(tensors[0]):
        values, weight = tensors
        lie = geometry_of(numbers.geometry)
        return [plain.convolve_transposed(values, weight, lie, numbers.groups)]
    return _grouped(training.product_adjoint, tensors, numbers, (1, 0, 1), _swapped)


def _swapped(weight: torch.Tensor) -> Any:
    """An array whose transpose, which the kernel takes, is contiguous."""
    return array(weight.transpose(0, 1)).swapaxes(0, 1)


def _weight_gradient(tensors: Tensors, numbers: _Numbers) -> Tensors:
    return _grouped(training.product_weight_gradient, tensors, numbers, (1, 1, 0))


def _grouped(
    kernel: Callable[..., Any],
    tensors: Tensors,
    numbers: _Numbers,
    axes: tuple[int, int, int],
    second: Callable[[torch.Tensor], Any] = array,
) -> Tensors:
    """A kernel's result for all groups, along these axes of tensors and result."""
    geometry, groups = geometry_of(numbers.geometry), numbers.groups
    a, b = tensors
    if groups == 1:
        return [torch.from_numpy(kernel(array(a), second(b), geometry))]
    pairs = zip(a.chunk(groups, axes[0]), b.chunk(groups, axes[1]), strict=True)
    found = [kernel(array(x), second(y), geometry) for x, y in pairs]
    return [torch.cat([torch.from_numpy(each) for each in found], axes[2])]


def _like_windows(tensors: Tensors, numbers: _Numbers) -> Tensors:
    image, weight = tensors
    size = numbers.geometry[2:4]
    return [image.new_empty((image.shape[0], weight.shape[0], *size, image.shape[4]))]


def _like_image(tensors: Tensors, numbers: _Numbers) -> Tensors:
    values, weight = tensors
    (samples, *_, steps), size = values.shape, numbers.geometry[:2]
    channels = weight.shape[1] * numbers.groups
    return [values.new_empty((samples, channels, *size, steps))]


def _like_weight(tensors: Tensors, numbers: _Numbers) -> Tensors:
    image, values = tensors
    inputs, kernel = image.shape[1] // numbers.groups, numbers.geometry[4:6]
    return [image.new_empty((values.shape[1], inputs, *kernel))]


# Each is linear in both of its tensors, so that the three give each other's gradients.


def _gradient_of_convolve(
    grads: Tensors, saved: Tensors, numbers: _Numbers, needs: Sequence[bool]
) -> Tensors:
    (grad,), (image, weight) = grads, saved
    if not compiled(grad):
        lie = geometry_of(numbers.geometry)
        return plain.gradients(grad, image, weight, lie, numbers.groups, needs)
    return _each_needed(
        needs, numbers, (_TRANSPOSED, grad, weight), (_WEIGHT, image, grad)
    )


def _gradient_of_transposed(
    grads: Tensors, saved: Tensors, numbers: _Numbers, needs: Sequence[bool]
) -> Tensors:
    (grad,), (values, weight) = grads, saved
    if not compiled(grad):
        lie = geometry_of(numbers.geometry)
        groups = numbers.groups
        return plain.gradients(grad, values, weight, lie, groups, needs, True)
    return _each_needed(
        needs, numbers, (_CONVOLVE, grad, weight), (_WEIGHT, grad, values)
    )


def _gradient_of_weight(
    grads: Tensors, saved: Tensors, numbers: _Numbers, needs: Sequence[bool]
) -> Tensors:
    (grad,), (image, values) = grads, saved
    return _each_needed(
        needs, numbers, (_TRANSPOSED, values, grad), (_CONVOLVE, image, grad)
    )


def _each_needed(
    needs: Sequence[bool], numbers: _Numbers, *calls: tuple[Operator, Any, Any]
) -> Tensors:
    pairs = zip(needs, calls, strict=True)
    return [
        operator(tensors, numbers)[0] if need else None
        for need, (operator, *tensors) in pairs
    ]


_CONVOLVE = Operator(
    "convolve",
    ("image", "weight"),
    _convolve,
    _like_windows,
    _Numbers,
    gradient=_gradient_of_convolve,
)
_TRANSPOSED = Operator(
    "convolve_transposed",
    ("values", "weight"),
    _transposed,
    _like_image,
    _Numbers,
    gradient=_gradient_of_transposed,
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
    """Matrix product over the channels of an input (N, C, T), for every step."""
    samples, _, steps = input.shape
    if steps < SHORT and samples > 1:
        row = input.transpose(0, 1).flatten(1).unsqueeze(0)
        sums = _each_step(row, weight).squeeze(0)
        return sums.unflatten(1, (-1, steps)).transpose(0, 1)
    return _each_step(input, weight)


def _each_step(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    image, kernel = input[:, :, None, None], weight[:, :, None, None]
    product: torch.Tensor = _CONVOLVE((image, kernel), _PIXEL)[0]
    return product.flatten(2)


def fed_back(spikes: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What spikes (N, C) of one step add to the next, through weights (Out, C)."""
    if not compiled(spikes) and convolves(spikes, weight):
        return dense(spikes.unsqueeze(-1), weight).squeeze(-1)
    return spikes @ weight.T


def input_gradient(
    shape: tuple[int, ...],
    weight: torch.Tensor,
    grad: torch.Tensor,
    geometry: training.ConvGeometry,
) -> torch.Tensor:
    """Gradient of a convolution's input (N, C, H, W, T) from that of its sums."""
    if compiled(grad) and convolves(weight, grad):
        pairs = [n for pair in geometry.pairs for n in pair]
        return convolve_transposed(grad, weight, pairs, 1)
    stride, padding = (*geometry.stride, 1), (*geometry.padding, 0)
    dilation = geometry.dilation
    return conv3d_input(shape, weight[..., None], grad, stride, padding, (*dilation, 1))
