"""Spikes and their surrogate derivatives in plain torch.

Both take (voltage, threshold), or (real, imag, threshold, imag before the first step).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain.surrogate import phase_slopes, spike_slope
from lava.lib.dl.slayer._settings import SpikeSettings

Tensors = Sequence[Tensor]


def spikes(tensors: Tensors, settings: SpikeSettings) -> Tensor:
    """Fires where the membrane reaches the threshold, and its phase crosses 0."""
    if len(tensors) == 2:
        membrane, threshold = tensors
        fired = membrane >= threshold
    else:
        membrane, imag, threshold, before = tensors
        first = before.expand(imag.shape[:-1]).unsqueeze(-1)
        earlier = torch.cat([first, imag], -1)[..., :-1]
        fired = (membrane >= threshold) & earlier.lt(0) & (imag >= 0)
    if not settings.graded:
        return fired.to(membrane.dtype)
    return torch.where(fired, membrane / settings.scale, 0.0)


def slopes(tensors: Tensors, settings: SpikeSettings) -> Tensors:
    """Derivatives with respect to the membrane, and to the phase beside it."""
    if len(tensors) == 2:
        voltage, threshold = tensors
        return [spike_slope(voltage - threshold, *settings.slope)]
    real, imag, threshold, *_ = tensors
    return phase_slopes(real - threshold, imag, *settings.slope)


class Spike(torch.autograd.Function):
    """Spikes with their surrogate derivative; double precision is allowed."""

    @staticmethod
    def forward(ctx: Any, settings: SpikeSettings, *tensors: Tensor) -> Tensor:
        """Sends spikes."""
        ctx.save_for_backward(*tensors)
        ctx.settings = settings
        return spikes(tensors, settings)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        """Multiplies by the surrogate derivative."""
        derivatives = slopes(ctx.saved_tensors, ctx.settings)
        rest = [None] * (len(ctx.saved_tensors) - len(derivatives))
        return (None, *(slope * grad for slope in derivatives), *rest)
