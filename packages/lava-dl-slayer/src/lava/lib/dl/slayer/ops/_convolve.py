"""Convolutions over the image of every step, and their adjoint, as operators.

Sums run in a fixed order, so any number of threads gives the same bits. A dense layer
is the case of one pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.grad import conv3d_input

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._arrays import array, compiled
from lava.lib.dl.slayer.ops._bilinear import Bilinear
from lava.lib.dl.slayer.ops._windows import image_of

__all__ = [
    "convolve",
    "convolve_transposed",
    "convolves",
    "dense",
    "dense_input_gradient",
    "input_gradient",
]

PIXEL = [1, 1] * 4 + [0, 0, 1, 1]
"""The geometry of one pixel and its one window."""

SHORT = 16
"""Steps below which a dense layer has those of all samples in one row."""


def convolves(*tensors: torch.Tensor) -> bool:
    """Whether these operators are for such tensors, on this machine."""
    return bool(_fuses()) and all(compiled(each) for each in tensors)


_fuses: Any = torch.compiler.assume_constant_result(training.fuses)
"""Which tracing takes for the constant it is."""


def convolve(
    image: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    """Cross-correlation over space of every step.

    Args:
        image: float32 (N, C, H, W, T), on the CPU.
        weight: float32 (Out, C / groups, kernel height, kernel width).
        geometry: as :func:`window_sum` takes it.
        groups: number of separate channel groups.

    Returns:
        float32 (N, Out, windows high, windows wide, T).
    """
    return _CONVOLVE(image, weight, geometry, groups)


def convolve_transposed(
    values: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    """The adjoint of :func:`convolve`, from its output's shape to its input's."""
    return _TRANSPOSED(values, weight, geometry, groups)


def _weight_gradient(
    image: torch.Tensor, values: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    """Gradient of the weight of :func:`convolve`, given that of its output."""
    return _WEIGHT(image, values, geometry, groups)


def _convolved(
    image: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    lie = image_of(geometry)

    def kernel(x: torch.Tensor, w: torch.Tensor) -> Any:
        return training.product(array(x), array(w), lie)

    return _grouped(kernel, groups, (image, 1), (weight, 0), 1)


def _transposed(
    values: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    lie = image_of(geometry)

    def kernel(v: torch.Tensor, w: torch.Tensor) -> Any:
        turned = w.detach().transpose(0, 1).contiguous().transpose(0, 1)
        return training.product_adjoint(array(v), turned.numpy(), lie)

    return _grouped(kernel, groups, (values, 1), (weight, 0), 1)


def _correlated(
    image: torch.Tensor, values: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    lie = image_of(geometry)

    def kernel(x: torch.Tensor, v: torch.Tensor) -> Any:
        return training.product_weight_gradient(array(x), array(v), lie)

    return _grouped(kernel, groups, (image, 1), (values, 1), 0)


def _grouped(
    kernel: Callable[[torch.Tensor, torch.Tensor], Any],
    groups: int,
    first: tuple[torch.Tensor, int],
    second: tuple[torch.Tensor, int],
    axis: int,
) -> torch.Tensor:
    """A kernel's results for all groups: tensors with their axes, and the result's."""
    if groups == 1:
        return torch.from_numpy(kernel(first[0], second[0]))
    pairs = zip(*(x.chunk(groups, along) for x, along in (first, second)), strict=True)
    return torch.cat([torch.from_numpy(kernel(*pair)) for pair in pairs], axis)


def _like_windows(
    image: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    return image.new_empty(
        (image.shape[0], weight.shape[0], *geometry[2:4], image.shape[4])
    )


def _like_image(
    values: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    channels = weight.shape[1] * groups
    return values.new_empty((values.shape[0], channels, *geometry[:2], values.shape[4]))


def _like_weight(
    image: torch.Tensor, values: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    shape = (values.shape[1], image.shape[1] // groups, *geometry[4:6])
    return image.new_empty(shape)


_CONVOLVE = Bilinear(
    "convolve",
    _convolved,
    _like_windows,
    lambda g, x, w, *where: convolve_transposed(g, w, *where),
    lambda g, x, w, *where: _weight_gradient(x, g, *where),
)
_TRANSPOSED = Bilinear(
    "convolve_transposed",
    _transposed,
    _like_image,
    lambda g, v, w, *where: convolve(g, w, *where),
    lambda g, v, w, *where: _weight_gradient(g, v, *where),
)
_WEIGHT = Bilinear(
    "convolve_weight",
    _correlated,
    _like_weight,
    lambda g, x, v, *where: convolve_transposed(v, g, *where),
    lambda g, x, v, *where: convolve(x, g, *where),
)


def dense(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Matrix product over the channels of an input (N, C, T), for every step."""
    samples, _, steps = input.shape
    if steps < SHORT and samples > 1:
        row = input.transpose(0, 1).flatten(1).unsqueeze(0)
        return dense(row, weight).squeeze(0).unflatten(1, (-1, steps)).transpose(0, 1)
    return convolve(_pixel(input), _pixel(weight), PIXEL, 1).flatten(2)


def _pixel(x: torch.Tensor) -> torch.Tensor:
    """The tensor (first, second, ...) with height and width of one pixel."""
    return x.reshape(*x.shape[:2], 1, 1, *x.shape[2:])


def dense_input_gradient(weight: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    """Gradient (N, C, T) of the input of :func:`dense` from that of its output."""
    shape = (grad.shape[0], weight.shape[1], 1, 1, grad.shape[2])
    kernel, sums = _pixel(weight), _pixel(grad)
    return input_gradient(shape, kernel, sums, image_of(PIXEL)).flatten(2)


def input_gradient(
    shape: tuple[int, ...],
    weight: torch.Tensor,
    grad: torch.Tensor,
    image: training.Image,
) -> torch.Tensor:
    """Gradient of a convolution's input (N, C, H, W, T) from that of its sums."""
    if convolves(weight, grad):
        geometry = [n for pair in image.pairs for n in pair]
        return convolve_transposed(grad, weight, geometry, 1)
    stride, padding, dilation = (*image.stride, 1), (*image.padding, 0), image.dilation
    return conv3d_input(shape, weight[..., None], grad, stride, padding, (*dilation, 1))
