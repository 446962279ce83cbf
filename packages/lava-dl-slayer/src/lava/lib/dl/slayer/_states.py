"""States between two calls, which are float32 but stand for integers."""

from __future__ import annotations

import math

import torch


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
