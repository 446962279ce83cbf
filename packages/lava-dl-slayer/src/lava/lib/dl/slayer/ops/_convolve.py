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
from lava.lib.dl.slayer.ops._operator import one_by_one
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


@torch.library.custom_op("lava_dl::convolve", mutates_args=())
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
    kernel, lie = training.product, image_of(geometry)
    return _grouped(lambda x, w: kernel(array(x), array(w), lie), groups, image, weight)


@torch.library.custom_op("lava_dl::convolve_transposed", mutates_args=())
def convolve_transposed(
    values: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    """The adjoint of :func:`convolve`, from its output's shape to its input's."""
    lie = image_of(geometry)

    def kernel(v: torch.Tensor, w: torch.Tensor) -> Any:
        turned = w.detach().transpose(0, 1).contiguous().transpose(0, 1)
        return training.product_adjoint(array(v), turned.numpy(), lie)

    return _grouped(kernel, groups, values, weight)


@torch.library.custom_op("lava_dl::convolve_weight", mutates_args=())
def _weight_gradient(
    image: torch.Tensor, values: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    """Gradient of the weight of :func:`convolve`, given that of its output."""
    lie, kernel = image_of(geometry), training.product_weight_gradient
    pairs = zip(image.chunk(groups, 1), values.chunk(groups, 1), strict=True)
    found = [torch.from_numpy(kernel(array(x), array(v), lie)) for x, v in pairs]
    return found[0] if groups == 1 else torch.cat(found)


def _grouped(
    kernel: Callable[[torch.Tensor, torch.Tensor], Any],
    groups: int,
    x: torch.Tensor,
    weight: torch.Tensor,
) -> torch.Tensor:
    pairs = zip(x.chunk(groups, 1), weight.chunk(groups, 0), strict=True)
    found = [torch.from_numpy(kernel(*pair)) for pair in pairs]
    return found[0] if groups == 1 else torch.cat(found, 1)


@convolve.register_fake
def _(
    image: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    return image.new_empty(
        (image.shape[0], weight.shape[0], *geometry[2:4], image.shape[4])
    )


@convolve_transposed.register_fake
def _(
    values: torch.Tensor, weight: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    channels = weight.shape[1] * groups
    return values.new_empty((values.shape[0], channels, *geometry[:2], values.shape[4]))


@_weight_gradient.register_fake
def _(
    image: torch.Tensor, values: torch.Tensor, geometry: list[int], groups: int
) -> torch.Tensor:
    shape = (values.shape[1], image.shape[1] // groups, *geometry[4:6])
    return image.new_empty(shape)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
    first, second, *ctx.where = inputs
    ctx.save_for_backward(first, second)


def _pull(
    of_first: Callable[..., torch.Tensor], of_second: Callable[..., torch.Tensor]
) -> Callable[..., tuple[torch.Tensor | None, ...]]:
    """Gradients of an operator's two tensors, each where it is wanted."""

    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        first, second = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        to_first = of_first(grad, first, second, *ctx.where) if wanted[0] else None
        to_second = of_second(grad, first, second, *ctx.where) if wanted[1] else None
        return to_first, to_second, None, None

    return backward


convolve.register_autograd(
    _pull(
        lambda g, x, w, *where: convolve_transposed(g, w, *where),
        lambda g, x, w, *where: _weight_gradient(x, g, *where),
    ),
    setup_context=_remember,
)
convolve_transposed.register_autograd(
    _pull(
        lambda g, v, w, *where: convolve(g, w, *where),
        lambda g, v, w, *where: _weight_gradient(g, v, *where),
    ),
    setup_context=_remember,
)
_weight_gradient.register_autograd(
    _pull(
        lambda g, x, v, *where: convolve_transposed(v, g, *where),
        lambda g, x, v, *where: convolve(x, g, *where),
    ),
    setup_context=_remember,
)


def dense(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Matrix product over the channels of an input (N, C, T), for every step."""
    samples, _, steps = input.shape
    if steps < SHORT and samples > 1:
        row = input.transpose(0, 1).flatten(1).unsqueeze(0)
        return dense(row, weight).squeeze(0).unflatten(1, (-1, steps)).transpose(0, 1)
    kernel = weight[:, :, None, None]
    found: torch.Tensor = convolve(input[:, :, None, None], kernel, PIXEL, 1)
    return found.flatten(2)


def dense_input_gradient(weight: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    """Gradient (N, C, T) of the input of :func:`dense` from that of its output."""
    shape = (grad.shape[0], weight.shape[1], 1, 1, grad.shape[2])
    kernel, sums = weight[:, :, None, None], grad[:, :, None, None]
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


for _operator in (convolve, convolve_transposed, _weight_gradient):
    if hasattr(_operator, "register_vmap"):  # From torch 2.5 on.
        _operator.register_vmap(one_by_one(_operator))
