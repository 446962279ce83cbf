"""Piecewise linear functions with a gradient scaled to a mean near 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALLEST_JUMP = 1e-9
"""Steps below this between two segments are rounding errors."""


def increasing(rows: Floats) -> Floats:
    """Rows (z, a) with neighbours merged until z increases from each to the next."""
    merged: list[Floats] = []
    for row in rows:
        weighted = np.array([*row, 1.0])
        while merged and weighted[0] <= merged[-1][0]:
            last = merged.pop()
            count = last[2] + weighted[2]
            mean = (last[:2] * last[2] + weighted[:2] * weighted[2]) / count
            weighted = np.array([*mean, count])
        merged.append(weighted)
    return np.array(merged).reshape(-1, 3)[:, :2]


def intervals(centers: Floats, slopes: Floats, top: float) -> tuple[Floats, ...]:
    """The function as knots, and slope and offset of each interval around them.

    Interval i is open on the left and closed on the right. Knots that aren't in order
    cover each other; the later segment counts.
    """
    knots = np.sort(centers[:, 0])
    ends = np.append(knots, np.inf)
    slope, offset = np.zeros((2, len(ends)))
    for i, steepness in enumerate(slopes):
        inside = (centers[i, 0] < ends) & (ends <= centers[i + 1, 0])
        slope[inside] = steepness
        offset[inside] = centers[i, 1] - steepness * centers[i, 0]
    offset[ends > centers[-1, 0]] += top
    return knots, slope, offset


def _pieces(centers: Floats, slopes: Floats, top: float) -> list[tuple[float, ...]]:
    """The function as its pieces: where each begins, its width, slope and jump."""
    knots, slope, offset = intervals(centers, slopes, top)
    jump = np.diff(offset) + np.diff(slope) * knots
    jump[np.abs(jump) < SMALLEST_JUMP] = 0
    width = np.diff(knots, append=np.inf)
    return [
        tuple(map(float, p)) for p in zip(knots, width, slope[1:], jump, strict=True)
    ]


class Piecewise(torch.autograd.Function):
    """Applies a piecewise linear function elementwise.

    Sums over the pieces are ten times as fast as looking up every element's piece.
    """

    @staticmethod
    def forward(
        ctx: Any,
        z: torch.Tensor,
        centers: Floats,
        slopes: Floats,
        top: float,
        eps: float,
    ) -> torch.Tensor:
        """Value at ``z``; 0 left of the knots and ``top`` right of them."""
        ctx.pieces = _pieces(centers, slopes, top)
        ctx.scale, ctx.eps = float(centers[-1, 0] / centers[-1, 1]), eps
        ctx.save_for_backward(z)
        y = torch.zeros_like(z)
        for begin, width, slope, jump in ctx.pieces:
            if slope:
                y.add_((z - begin).clamp_(0, width), alpha=slope)
            if jump:
                y.add_(_right_of(begin, z), alpha=jump)
        return y

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradient (slope * scale + eps), to ``z`` only."""
        (z,) = ctx.saved_tensors
        total = torch.full_like(z, ctx.eps)
        for begin, width, slope, _ in ctx.pieces:
            if slope:
                inside = _right_of(begin, z) - _right_of(begin + width, z)
                total.add_(inside, alpha=slope * ctx.scale)
        return total.mul_(grad), None, None, None, None


def _right_of(knot: float, z: torch.Tensor) -> torch.Tensor:
    """1 where ``z`` is greater, else 0, in its dtype."""
    return torch.gt(z, knot, out=torch.empty_like(z))
