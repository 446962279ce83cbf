"""Real numbers of a layer as a file's integers, with what that loses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava.lib.dl.netx.convert._nir import DECAY_UNIT, MOST_THRESHOLD, Reals

WEIGHT_RANGE = (-256, 255)
USUAL_SCALE = 64
MOST_SCALE = 2**16
EXACT = 1e-5
"""Share by which numbers kept in 32 bits may be off from whole units."""

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Rounding:
    """Rounds what belongs to one layer, and tells what it loses.

    Attributes:
        name: Name of the layer's node.
        scale: Units in 1.0.
        notes: Takes one sentence per quantity that isn't exact.
    """

    name: str
    scale: float
    notes: list[str]

    def weights(self, values: Reals, what: str = "weight") -> Integers:
        """Weights in 8 bits and a sign.

        Raises:
            ValueError: They don't fit.
        """
        whole = np.rint(values * self.scale)
        low, high = WEIGHT_RANGE
        if whole.min() < low or whole.max() > high:
            raise ValueError(
                f"{self.name}: {what} spans {values.min():.3g}..{values.max():.3g}, "
                f"beyond {low / self.scale:g}..{high / self.scale:.3g} at weight scale "
                f"{self.scale:g}; use a smaller one"
            )
        lost = int(((whole == 0) & (values != 0)).sum())
        zeros = f", {lost} of {whole.size} became 0" if lost else ""
        self._say(what, values, whole, zeros)
        return whole.astype(np.int32)

    def bias(self, values: Reals) -> Integers:
        """A bias, added at every step."""
        whole = np.rint(values * self.scale)
        self._say("bias", values, whole)
        return whole.astype(np.int32)

    def threshold(self, value: float) -> int:
        """A threshold of at least one unit.

        Raises:
            ValueError: It rounds to nothing or is beyond what a state reaches.
        """
        whole = round(value * self.scale)
        if not 0 < whole <= MOST_THRESHOLD:
            raise ValueError(
                f"{self.name}: threshold {value:.3g} becomes {whole} at weight scale "
                f"{self.scale:g}; needed is 1..{MOST_THRESHOLD}"
            )
        self._say("threshold", np.array([value]), np.array([whole]))
        return whole

    def decay(self, decay: Reals, what: str) -> int | Integers:
        """A decay per step in units of 1/4096.

        Raises:
            ValueError: It becomes 0, so that what fades would stay for ever.
        """
        units = np.rint(decay * DECAY_UNIT)
        if ((units == 0) & (decay > 0)).any():
            raise ValueError(
                f"{self.name}: the {what} keeps more than {1 - 1 / DECAY_UNIT:.4%} per "
                "step and would never fade; use a larger dt"
            )
        off = np.abs(units - decay * DECAY_UNIT)
        if not _is_whole(decay * DECAY_UNIT):
            worst = (off / np.maximum(units, 1)).max()
            self.notes.append(
                f"{self.name}: decay of the {what} rounded to 1/{DECAY_UNIT}: off by "
                f"{worst:.2g} of itself at most"
            )
        whole: Integers = units.astype(np.int32)
        return int(whole[0]) if whole.size == 1 else whole

    def steps(self, seconds: Reals, dt: float) -> Integers:
        """Delays in steps.

        Raises:
            ValueError: One is negative.
        """
        steps = seconds / dt
        if steps.min() < 0:
            raise ValueError(f"{self.name}: a delay of {seconds.min():g} s is negative")
        off = np.abs(np.rint(steps) - steps).max()
        if not _is_whole(steps):
            self.notes.append(
                f"{self.name}: delay rounded to steps of {dt:g} s: off by {off:.2g} "
                "steps at most"
            )
        return np.rint(steps).astype(np.int32)

    def _say(self, what: str, values: Reals, whole: Reals, more: str = "") -> None:
        off = np.abs(whole - values * self.scale).max()
        if not _is_whole(values * self.scale):
            largest = np.abs(values).max()
            self.notes.append(
                f"{self.name}: {what} rounded to 1/{self.scale:g}: off by "
                f"{off / self.scale:.2g} at most, {off / self.scale / largest:.2g} of "
                f"the largest{more}"
            )


def scale_for(
    weights: Iterable[Reals], exact: Iterable[Reals], threshold: float, parts: int = 1
) -> float:
    """The weight scale that loses least.

    It is 64 where that is exact, else the smallest that is, else the largest that
    weights and threshold fit.

    Args:
        weights: What must fit 8 bits and a sign.
        exact: What else should be a whole number of units.
        threshold: The threshold, 0 where there is none.
        parts: Number by which weights were divided, of an averaging kernel.

    Returns:
        A power of two, times ``parts`` where that is exact. It is below 1 where the
        weights are too large for any scale that a file knows.
    """
    values = np.concatenate([np.ravel(row) for row in weights])
    others = np.concatenate([values, *(np.ravel(row) for row in exact), [threshold]])
    usual = [float(USUAL_SCALE), *(2.0**k for k in range(17))]
    candidates = [scale for scale in usual if _fits(values, threshold, scale)]
    averages = [float(parts)] if parts > 1 else []
    for scale in (*candidates, *averages):
        if _is_whole(others * scale):
            return scale
    larger = (2.0**k for k in range(16, -64, -1))
    return next(scale for scale in larger if _fits(values, threshold, scale))


def _is_whole(values: Reals) -> bool:
    return bool((np.abs(np.rint(values) - values) <= EXACT * np.abs(values)).all())


def _fits(values: Reals, threshold: float, scale: float) -> bool:
    low, high = WEIGHT_RANGE
    whole = np.rint(values * scale)
    fits = low <= whole.min() and whole.max() <= high
    return bool(fits and threshold * scale <= MOST_THRESHOLD)
