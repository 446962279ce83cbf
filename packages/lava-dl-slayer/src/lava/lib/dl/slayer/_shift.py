"""Shift in time by whole steps."""

from __future__ import annotations

import math

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._plain.time import shift_all
from lava.lib.dl.slayer._settings import ShiftSettings


def shift(input: Tensor, shift_val: float | Tensor, sampling_time: float = 1) -> Tensor:
    """Shifts a signal in time; what comes in is zero.

    Args:
        input: shape (N, C, ..., T).
        shift_val: one shift, or a tensor of one per spatial element; positive values
            delay. Its fraction in units of ``sampling_time`` is dropped.
        sampling_time: length of a time step.

    Returns:
        Tensor of the input's shape and dtype.

    Raises:
        ValueError: if the number of shifts is neither 1 nor that of spatial elements,
            one shift is not finite, or ``sampling_time`` is not positive.
    """
    if not 0 < sampling_time < math.inf:
        raise ValueError(f"sampling_time is {sampling_time}, needs a positive number.")
    if isinstance(shift_val, Tensor) and shift_val.numel() > 1:
        return _shift_each(input, shift_val, sampling_time)
    if not math.isfinite(shift_val):
        raise ValueError(f"shift_val is {shift_val}, needs a finite number.")
    steps = math.trunc(float(shift_val) / sampling_time)
    return shift_all(input, steps)


def _shift_each(input: Tensor, shifts: Tensor, sampling_time: float) -> Tensor:
    elements = input.shape[1:-1].numel()
    if input.ndim < 3 or shifts.numel() != elements:
        raise ValueError(
            f"shift_val has {shifts.numel()} values, needs 1 or one for each of the "
            f"{elements} spatial elements of an input of shape {tuple(input.shape)}."
        )
    flat = input.reshape(input.shape[0], elements, input.shape[-1])
    (shifted,) = ops.DELAY(
        (flat.float(), shifts.detach().reshape(-1).float()),
        ShiftSettings(float(sampling_time)),
    )
    return shifted.reshape(input.shape).to(input.dtype)
