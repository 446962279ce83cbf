"""States and thresholds, which are floats but stand for integers."""

from __future__ import annotations

import math

import torch


def cut_to_steps(value: float, scale: float) -> float:
    """The value cut toward zero to a whole number of steps of 1 / scale.

    115 / 100 times 100 is below 115 and would be cut once more; of the result the
    integer part is the number of steps.
    """
    steps = int(value * scale)
    cut = steps / scale
    outward = math.nextafter(cut, math.copysign(math.inf, cut))
    return cut if int(cut * scale) == steps else outward


def exact_state(state: torch.Tensor, scale: float) -> torch.Tensor:
    """The state as a number that converts back to its integer.

    y / scale times scale may come out just below y where the scale is no power of two,
    and truncates to another integer then; the next float32 away from zero doesn't.
    """
    if math.frexp(scale)[0] == 0.5:
        return state
    whole = torch.round(state * scale)
    short = torch.trunc(state * scale) != whole
    outward = torch.nextafter(state, torch.sign(state) * torch.inf)
    return torch.where(short, outward, state)
