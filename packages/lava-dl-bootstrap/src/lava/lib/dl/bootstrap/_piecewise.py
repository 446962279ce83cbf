"""Piecewise linear functions with a gradient scaled to a mean near 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


class Piecewise(torch.autograd.Function):
    """Applies a piecewise linear function elementwise."""

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
        knots, slope, offset = (
            torch.from_numpy(part).to(z) for part in intervals(centers, slopes, top)
        )
        interval = torch.bucketize(z.detach(), knots)
        steepness = slope[interval]
        last_z, last_a = centers[-1]
        ctx.save_for_backward(steepness)
        ctx.scale, ctx.eps = float(last_z / last_a), eps
        return torch.addcmul(offset[interval], steepness, z)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradient (slope * scale + eps), to ``z`` only."""
        (steepness,) = ctx.saved_tensors
        return (steepness * ctx.scale + ctx.eps) * grad, None, None, None, None
