r"""A layer's mean rate as piecewise linear function of its mean drive.

Drives and rates are recorded, the rates put in bins, and a knot set at the medians of
each bin. Left of the knots the rate is 0, right of them the largest rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl.bootstrap._piecewise import increasing, pieces
from lava.lib.dl.slayer import ops

__all__ = ["AnnSampler"]

Floats = NDArray[np.float64]
SMALLEST_MAX = 0.8
Points = tuple[Tensor, Tensor]
UNIT = np.array([[0.0, 0.0], [1.0, 1.0]])


class AnnSampler(torch.nn.Module):
    """Records drives and rates, fits an activation to them and applies it.

    Before the first fit the activation has slope 1 between 0 and 1. The fit and the
    points are in ``state_dict`` as extra state; a checkpoint without it loads, too.

    Args:
        num_centers: number of bins.
        sample_range: range of rates that the bins cover, as shares of the largest.
        eps: gradient that is added everywhere.

    Raises:
        ValueError: if there is no bin, or the range is none.

    Attributes:
        centers: knots (drive, rate), float64 of shape (k, 2); None before a fit.
        slopes: of the segments between them, shape (k - 1,).
        max: largest rate.
        scale: drive over rate of the last knot; multiplies the gradient.
        alpha: weight of new points where the last fit has a knot in the bin.
    """

    def __init__(
        self,
        num_centers: int = 5,
        sample_range: Sequence[float] = (0.1, 0.9),
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        low, high = sample_range
        if num_centers < 1 or not 0 <= low < high <= 1:
            raise ValueError(
                f"num_centers is {num_centers} and sample_range {tuple(sample_range)}; "
                "needed are 1 bin or more, between two rising shares from 0 to 1"
            )
        self.num_centers = num_centers
        self.sample_range = list(sample_range)
        self.eps = eps
        self.alpha = 0.1
        self.centers: Floats | None = None
        self.slopes: Floats | float = 1
        self.max = 1.0
        self.scale = 1.0
        self._chunks: list[Points] = []
        self._made: tuple[Any, Any] = None, None

    @property
    def a(self) -> Floats:
        """Recorded rates, float64 of shape (points,)."""
        return self._points()[0]

    @property
    def z(self) -> Floats:
        """Recorded drives, float64 of shape (points,)."""
        return self._points()[1]

    def _points(self) -> Floats:
        if not self._chunks:
            return np.zeros((2, 0))
        # Batches stay on their device until they're needed, so that sampling waits
        # for no transfer.
        kinds = (
            torch.cat([chunk.to("cpu", torch.float64) for chunk in kind])
            for kind in zip(*self._chunks, strict=True)
        )
        points = torch.stack(list(kinds))
        self._chunks = [(points[0], points[1])]
        return points.numpy()

    def append(self, a: Tensor, z: Tensor) -> None:
        """Records the means over time of every neuron and sample, if there is time.

        Args:
            a: spikes, shape (N, ..., T).
            z: drive, the same shape.

        Raises:
            ValueError: if the shapes differ.
        """
        if a.shape != z.shape:
            raise ValueError(
                f"z must have the shape of a, {tuple(a.shape)}, got {tuple(z.shape)}"
            )
        if a.shape[-1] == 0:
            return
        rate, drive = (x.detach().mean(dim=-1).flatten() for x in (a, z))
        self._chunks.append((rate, drive))

    def clear(self) -> None:
        """Forgets all points."""
        self._chunks = []

    def soft_clear(self) -> None:
        """Forgets half of the points, drawn from numpy's global generator."""
        points = self._points()
        count = points.shape[1]
        dropped = np.random.permutation(count)[: count // 2]
        left = np.delete(points, dropped, axis=1)
        self._keep(left)

    def _keep(self, points: Floats) -> None:
        rate, drive = torch.from_numpy(points)
        self._chunks = [(rate, drive)]

    def fit(self, monotone: bool = False) -> None:
        """Fits the activation to the points; without any the last fit stays.

        Args:
            monotone: merge knots whose drives don't increase with the rate.
        """
        rate, drive = self._points()
        if rate.size == 0:
            return
        low, high = self.sample_range
        top = rate[rate > high * rate.max()]
        self.max = float(max(top.mean() if top.size else 0, SMALLEST_MAX))
        edges = np.linspace(low * self.max, high * self.max, self.num_centers + 1)
        centers = [
            self._center(rate, drive, *edges[i : i + 2]) for i in range(len(edges) - 1)
        ]
        rows = np.array([row for row in centers if row is not None]).reshape(-1, 2)
        self._set_knots(increasing(rows) if monotone else rows, monotone)

    def _center(
        self, rate: Floats, drive: Floats, low: float, high: float
    ) -> Floats | None:
        inside = (low < rate) & (rate <= high)
        # The end rows are no medians but extrapolations.
        old = np.zeros((0, 2)) if self.centers is None else self.centers[1:-1]
        old = old[(low < old[:, 1]) & (old[:, 1] <= high)]
        if not inside.any():
            return old.mean(axis=0) if len(old) else None
        new = np.array([np.median(drive[inside]), np.median(rate[inside])])
        if not len(old):
            return new
        return self.alpha * new + (1 - self.alpha) * old.mean(axis=0)

    def _set_knots(self, rows: Floats, monotone: bool) -> None:
        if len(rows) == 0:
            rows = UNIT * self.max if monotone else UNIT
        elif len(rows) == 1:
            # A knot left of the origin leaves no way up from there.
            foot = min(0.0, rows[0, 0] - rows[0, 1]) if monotone else 0.0
            rows = np.stack([[foot, 0.0], rows[0]])
        with np.errstate(divide="ignore", invalid="ignore"):
            inner = np.diff(rows[:, 1]) / np.diff(rows[:, 0])
        self.slopes = slopes = np.abs(inner[[0, *range(len(inner)), -1]])
        (first_z, first_a), (last_z, last_a) = rows[0], rows[-1]
        first = first_z - first_a / slopes[0], 0.0
        last = last_z + (self.max - last_a) / slopes[-1], self.max
        self.centers = np.stack([first, *rows, last])
        self.scale = float(self.centers[-1, 0] / self.centers[-1, 1])

    def forward(self, z: Tensor) -> Tensor:
        """Rates of drives of any shape.

        The gradient is (slope * scale + eps), so that its mean is near 1, and no
        neuron is without.
        """
        return ops.piecewise(z, self._pieces())

    def _pieces(self) -> ops.Pieces:
        centers, slopes, top, eps = self._curve()
        key = centers.tobytes(), slopes.tobytes(), top, eps
        if self._made[0] != key:
            self._made = key, pieces(centers, slopes, top, eps)
        return self._made[1]

    def _curve(self) -> tuple[Floats, Floats, float, float]:
        if self.centers is None:
            return UNIT, np.ones(1), 1.0, self.eps
        return self.centers, np.atleast_1d(self.slopes), self.max, self.eps

    def plot(self, figsize: tuple[float, float] | None = None) -> None:
        """Draws the points, the activation and its knots, with matplotlib.

        Args:
            figsize: size in inches.

        Raises:
            ValueError: if there are no points.
        """
        import matplotlib.pyplot as plt

        if self.a.size == 0:
            raise ValueError("nothing to plot: run the layer in Mode.SAMPLE first")
        axis = plt.figure(figsize=figsize).gca()
        self.draw(axis)
        for handle in filter(None, axis.legend().legend_handles):
            handle.set_alpha(1)

    def draw(self, axis: Any) -> None:
        """Draws the same into axes of matplotlib, around the activation's slope."""
        rate, drive = self._points()
        knots = UNIT if self.centers is None else self.centers
        low, high = knots[0, 0], knots[-1, 0]
        line = np.linspace(min(low, drive.min()), max(high, drive.max()), 1000)
        axis.set_xlim(low - (high - low) / 2, high + (high - low) / 2)
        alpha = float(np.clip(500 / rate.size, 0.02, 0.5))
        axis.plot(drive, rate, ".", alpha=alpha, label="data", rasterized=True)
        axis.plot(line, self(torch.from_numpy(line)).numpy(), label="slope fit")
        axis.plot(knots[:, 0], knots[:, 1], "o")

    def get_extra_state(self) -> Tensor:
        """The fit and the points, as one tensor so that it copies like the others."""
        centers = np.zeros((0, 2)) if self.centers is None else self.centers
        head = [[len(centers), self.max]]
        slopes = np.atleast_1d(self.slopes) if len(centers) else np.zeros(0)
        columns = np.stack([slopes, np.zeros_like(slopes)], axis=1)
        rows = np.concatenate([head, centers, columns, self._points().T])
        return torch.from_numpy(rows)

    def set_extra_state(self, state: Tensor) -> None:
        """Restores what ``get_extra_state`` gave."""
        rows = state.detach().cpu().numpy().astype(np.float64)
        knots, self.max = int(rows[0, 0]), float(rows[0, 1])
        parts = np.split(rows[1:], [knots, max(2 * knots - 1, 0)])
        centers, slopes, points = parts
        self.centers, self.slopes, self.scale = None, 1, 1.0
        if knots:
            self.centers, self.slopes = centers, slopes[:, 0]
            self.scale = float(centers[-1, 0] / centers[-1, 1])
        self._keep(points.T.copy())

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        *rest: Any,
    ) -> None:
        """Loads the fit where there is one; other checkpoints know none."""
        before = len(missing_keys)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, *rest
        )
        del missing_keys[before:]
