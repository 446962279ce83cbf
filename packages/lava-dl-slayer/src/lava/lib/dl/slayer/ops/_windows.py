"""Sums over windows of an image, and their adjoint, as operators."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

from lava.lib.dl.core import training

__all__ = ["image_of", "window_spread", "window_sum"]


def image_of(geometry: list[int]) -> training.Image:
    """The geometry of an image as core has it."""
    return _image(*geometry)


@lru_cache(maxsize=256)
def _image(*numbers: int) -> training.Image:
    return training.Image(*zip(numbers[::2], numbers[1::2], strict=True))


@torch.library.custom_op("lava_dl::window_sum", mutates_args=())
def window_sum(
    image: torch.Tensor, taps: torch.Tensor, geometry: list[int]
) -> torch.Tensor:
    """Sums over windows of each channel by itself.

    Args:
        image: float32 (N, C, H, W, T), on the CPU.
        taps: float32 (kernel height, kernel width), factor of each tap; no gradient.
        geometry: (height, width) of the image, the number of windows, their kernel,
            stride, padding and dilation.

    Returns:
        float32 (N, C, windows high, windows wide, T).
    """
    return _run(training.window_sum, image, taps, geometry)


@torch.library.custom_op("lava_dl::window_spread", mutates_args=())
def window_spread(
    values: torch.Tensor, taps: torch.Tensor, geometry: list[int]
) -> torch.Tensor:
    """The adjoint of :func:`window_sum`, from its output's shape to its input's."""
    return _run(training.window_spread, values, taps, geometry)


def _run(
    kernel: Any, x: torch.Tensor, taps: torch.Tensor, geometry: list[int]
) -> torch.Tensor:
    arrays = (t.detach().contiguous().numpy() for t in (x, taps))
    return torch.from_numpy(kernel(*arrays, image_of(geometry)))


@window_sum.register_fake
def _(image: torch.Tensor, taps: torch.Tensor, geometry: list[int]) -> torch.Tensor:
    return image.new_empty((*image.shape[:2], *geometry[2:4], image.shape[4]))


@window_spread.register_fake
def _(values: torch.Tensor, taps: torch.Tensor, geometry: list[int]) -> torch.Tensor:
    return values.new_empty((*values.shape[:2], *geometry[:2], values.shape[4]))


def _map(operator: Any) -> None:
    """Lets ``vmap`` treat the mapped axis as part of the batch."""

    def rule(info: Any, axes: tuple[Any, ...], x: Any, taps: Any, geometry: Any) -> Any:
        if axes[1] is not None:
            raise NotImplementedError("vmap over the weights of windows")
        x = x.movedim(axes[0], 0)
        found = operator(x.flatten(0, 1), taps, geometry)
        return found.unflatten(0, x.shape[:2]), 0

    if hasattr(operator, "register_vmap"):  # From torch 2.5 on.
        operator.register_vmap(rule)


_map(window_sum)
_map(window_spread)
