"""Weights as the chip holds them: whole steps within limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava.lib.dl.core.training._call import Floats, check_array
from lava.lib.dl.core.training._values import run_values


class Steps(NamedTuple):
    """Distance of two neighbouring values, the lowest one and the highest."""

    step: float
    low: float
    high: float


def quantise(weight: Floats, steps: Steps, *, simd: str = "") -> Floats:
    """round(weight / step) step, half to even, within the limits, in one pass.

    Args:
        weight: float32 of any shape.
        steps: the step and the limits.
        simd: an instruction set to force.
    """
    return _run("quantise", [weight], steps, simd)


def quantise_backward(
    weight: Floats, grad: Floats, steps: Steps, *, simd: str = ""
) -> Floats:
    """The gradient where the rounded weight is within the limits, zero elsewhere."""
    check_array("grad", grad, weight.shape)
    return _run("quantise_backward", [weight, grad], steps, simd)


def _run(name: str, given: list[Floats], steps: Steps, simd: str) -> Floats:
    weight = given[0]
    check_array("weight", weight, weight.shape)
    if not steps.step > 0 or not steps.low <= steps.high:
        raise ValueError(f"steps is {steps}, needs a positive step and low <= high.")
    return run_values(name, given, np.array(steps, np.float32), simd=simd)
