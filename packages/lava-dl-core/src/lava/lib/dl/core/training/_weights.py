"""Weights as the chip holds them: whole steps within limits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lava.lib.dl.core._training import run_values
from lava.lib.dl.core.training._call import Floats, refuse


def quantise(
    weight: Floats, step: float, low: float, high: float, *, simd: str = ""
) -> Floats:
    """round(weight / step) step, half to even, within the limits, in one pass.

    Args:
        weight: float32 of any shape.
        step: distance of two neighbouring values.
        low: the lowest value.
        high: the highest value.
        simd: an instruction set to force.
    """
    return run_values("quantise", [weight], _table(step, low, high), simd=simd)


def quantise_backward(
    weight: Floats,
    grad: Floats,
    step: float,
    low: float,
    high: float,
    *,
    simd: str = "",
) -> Floats:
    """The gradient where the rounded weight is within the limits, zero elsewhere."""
    if grad.shape != weight.shape:
        refuse("grad", grad, weight.shape)
    table = _table(step, low, high)
    return run_values("quantise_backward", [weight, grad], table, simd=simd)


@lru_cache(maxsize=256)
def _table(step: float, low: float, high: float) -> Floats:
    if not step > 0 or not low <= high:
        raise ValueError(
            f"step, low and high are {(step, low, high)}, need a positive step and "
            "low <= high."
        )
    return np.array((step, low, high), np.float32)
