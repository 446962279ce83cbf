"""Sums over windows of an image, and their adjoint, as operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._launch import array
from lava.lib.dl.slayer.ops._operator import Operator, Tensors

__all__ = ["Geometry", "geometry_of", "window_spread", "window_sum"]


class Geometry(NamedTuple):
    """How windows lie over an image.

    Attributes:
        pairs: (height, width) of the image, the number of windows, their kernel,
            stride, padding and dilation, one after the other.
    """

    pairs: Sequence[int]


@lru_cache(maxsize=256)
def geometry_of(*pairs: int) -> training.ConvGeometry:
    """The same as core has it."""
    return training.ConvGeometry(*zip(pairs[::2], pairs[1::2], strict=True))


def window_sum(
    image: torch.Tensor, taps: torch.Tensor, geometry: Sequence[int]
) -> torch.Tensor:
    """Sums over windows of each channel by itself.

    Args:
        image: float32 (N, C, H, W, T), on the CPU.
        taps: float32 (kernel height, kernel width), factor of each; no gradient.
        geometry: as :class:`Geometry`'s pairs.

    Returns:
        float32 (N, C, windows high, windows wide, T).
    """
    summed: torch.Tensor = _SUM((image, taps), Geometry(geometry))[0]
    return summed


def window_spread(
    values: torch.Tensor, taps: torch.Tensor, geometry: Sequence[int]
) -> torch.Tensor:
    """The adjoint of :func:`window_sum`, from its output's shape to its input's."""
    spread: torch.Tensor = _SPREAD((values, taps), Geometry(geometry))[0]
    return spread


def _run(kernel: Callable[..., Any], tensors: Tensors, geometry: Geometry) -> Tensors:
    found = kernel(*map(array, tensors), geometry_of(*geometry.pairs))
    return [torch.from_numpy(found)]


def _fake(first: int, tensors: Tensors, geometry: Geometry) -> Tensors:
    x, size = tensors[0], geometry.pairs[first : first + 2]
    return [x.new_empty((*x.shape[:2], *size, x.shape[4]))]


def _adjoint(
    adjoint: Callable[..., torch.Tensor],
    grads: Tensors,
    saved: Tensors,
    geometry: Geometry,
    _: Sequence[bool],
) -> Tensors:
    return [adjoint(grads[0], saved[1], geometry.pairs)]


_SUM = Operator(
    "window_sum",
    ("image", "taps"),
    partial(_run, training.window_sum),
    partial(_fake, 2),
    Geometry,
    gradient=partial(_adjoint, window_spread),
)
_SPREAD = Operator(
    "window_spread",
    ("values", "taps"),
    partial(_run, training.window_spread),
    partial(_fake, 0),
    Geometry,
    gradient=partial(_adjoint, window_sum),
)
