"""Piecewise linear functions with a gradient of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._arrays import Floats, array, compiled

__all__ = ["Pieces", "piecewise"]

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
    def tables(self) -> tuple[Floats, Floats]:
        """Both as the kernels take them."""
        values, factors = (np.array(r, np.float32) for r in (self.values, self.factors))
        return values, factors


def piecewise(z: torch.Tensor, pieces: Pieces) -> torch.Tensor:
    """The function's value at every element of a tensor of any shape."""
    y: torch.Tensor = _Piecewise.apply(z, pieces)
    return y


class _Piecewise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: torch.Tensor, pieces: Pieces) -> torch.Tensor:
        ctx.pieces = pieces
        ctx.save_for_backward(z)
        if not _runs_kernel(z):
            return _plain(z, pieces.values)
        return torch.from_numpy(training.piecewise(array(z), pieces.tables[0]))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        (z,) = ctx.saved_tensors
        if not _runs_kernel(z):
            return _plain_factor(z, ctx.pieces.factors) * grad, None
        arrays = array(z), array(grad)
        found = training.piecewise_backward(*arrays, ctx.pieces.tables[1])
        return torch.from_numpy(found), None


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


def _runs_kernel(x: torch.Tensor) -> bool:
    return compiled(x) and x.numel() > 0 and not torch.compiler.is_compiling()
