"""Piecewise linear activations with a gradient scaled to a mean near 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.slayer import ops

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


def pieces(centers: Floats, slopes: Floats, top: float, eps: float) -> ops.Pieces:
    """The activation: 0 left of the knots, ``top`` right of them.

    Knots that aren't in order cover each other; the later segment counts.

    Args:
        centers: knots (z, a), shape (k, 2).
        slopes: of the segments between them, shape (k - 1,).
        top: the largest rate.
        eps: gradient that is added everywhere.
    """
    knots = np.sort(centers[:, 0])
    ends = np.append(knots[1:], np.inf)
    rows = np.zeros((len(knots), 4))
    rows[:, 0] = knots
    for (begin, base), (end, _), slope in zip(
        centers, centers[1:], slopes, strict=False
    ):
        rows[(begin < ends) & (ends <= end), 1:] = begin, slope, base
    rows[ends > centers[-1, 0], 3] += top
    factors = rows[:, 2] * (centers[-1, 0] / centers[-1, 1]) + eps
    return ops.Pieces(
        tuple(map(tuple, rows.tolist())),
        ((-np.inf, eps), *zip(knots.tolist(), factors.tolist(), strict=True)),
    )
