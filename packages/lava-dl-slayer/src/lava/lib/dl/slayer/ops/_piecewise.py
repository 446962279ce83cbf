"""Piecewise linear functions with a gradient of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._launch import Floats, array, compiled
from lava.lib.dl.slayer.ops._operator import Tensors, by_values

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Pieces:
    """A piecewise linear function, 0 up to the first knot, and its gradient.

    Attributes:
        values: rows of (knot, begin, slope, base), knots rising: the value is
            base + slope (z - begin) from right of the knot up to and with the next.
        factors: rows of (knot, factor): the gradient's factor, likewise; the first is
            also for what is right of none.
    """

    values: Rows
    factors: Rows

    @cached_property
    def numbers(self) -> Tables:
        """Both as an operator takes them."""
        return Tables(*(tuple(chain(*rows)) for rows in (self.values, self.factors)))


class Tables(NamedTuple):
    """Both tables of :class:`Pieces`, rows one after the other."""

    values: Sequence[float]
    factors: Sequence[float]


def piecewise(z: torch.Tensor, pieces: Pieces) -> torch.Tensor:
    """The function's value at every element of a tensor of any shape."""
    return PIECEWISE((z,), pieces.numbers)[0]


def _value(tensors: Tensors, tables: Tables) -> Tensors:
    (z,) = tensors
    if not _has_kernel(z):
        return [_plain(z, _rows(tables.values, 4))]
    return [torch.from_numpy(training.piecewise(array(z), _table(*tables.values)))]


def _factor(tensors: Tensors, tables: Tables) -> Tensors:
    z, grad = tensors
    if not _has_kernel(z):
        return [_plain_factor(z, _rows(tables.factors, 2)) * grad]
    table = _table(*tables.factors, columns=2)
    gradient = training.piecewise_backward(array(z), array(grad), table)
    return [torch.from_numpy(gradient)]


@lru_cache(maxsize=64)
def _table(*numbers: float, columns: int = 4) -> Floats:
    return np.array(numbers, np.float32).reshape(-1, columns)


def _rows(numbers: Sequence[float], columns: int) -> Rows:
    return tuple(zip(*[iter(numbers)] * columns, strict=True))


def _plain(z: torch.Tensor, rows: Rows) -> torch.Tensor:
    within = z.clamp(rows[0][0], rows[-1][0])  # no infinity times 0
    y = within * 0.0 + 0.0
    for knot, begin, slope, base in rows:
        y = torch.where(z > knot, base + slope * (within - begin), y)
    return y


def _plain_factor(z: torch.Tensor, rows: Rows) -> torch.Tensor:
    factor = torch.full_like(z, rows[0][1])
    for knot, value in rows[1:]:
        factor = torch.where(z > knot, value, factor)
    return factor


def _has_kernel(x: torch.Tensor) -> bool:
    return compiled(x) and x.numel() > 0


PIECEWISE = by_values("piecewise", _value, _factor, Tables)
