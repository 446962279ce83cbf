"""Thresholds as the integers a state is compared with."""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core import _training


def never() -> int:
    """A level that no state reaches."""
    return _training.never


def reset_level(threshold: float | None, scale: float, *, zero_resets: bool) -> int:
    """First integer state y with float32(y) >= float32(threshold * scale).

    No threshold and a negative one never reset; zero does where `zero_resets`.
    """
    if threshold is None:
        return never()
    level = threshold * scale
    if level < 0 or (level == 0 and not zero_resets):
        return never()
    return _training.integer_level(float(np.float32(level)))


def rest_level(threshold: float | None, scale: float) -> int:
    """The imaginary state after an Izhikevich reset: trunc(threshold * scale - 1)."""
    return 0 if threshold is None else int(np.float32(threshold * scale - 1))


def spike_level(threshold: float, scale: float) -> int:
    """First integer state y with float32(y) / scale >= float32(threshold)."""
    return _training.spike_level(float(np.float32(threshold)), scale)


def adaptive_levels(
    threshold: float, threshold_step: float, scale: float
) -> tuple[int, int]:
    """Resting threshold and its step at a spike as integers, truncated."""
    return int(threshold * scale), int(threshold_step * scale)
