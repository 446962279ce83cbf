"""The spike functions in plain torch, whatever the dtype and the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain.surrogate import phase_slopes, spike_slope
from lava.lib.dl.slayer._settings import SpikeSettings

Tensors = Sequence[Tensor]


def spike(voltage: Tensor, threshold: Tensor, settings: SpikeSettings) -> Tensor:
    """1 where the voltage reaches its threshold, or voltage / scale where graded."""
    return _sent(voltage >= threshold, voltage, settings)


def complex_spike(
    real: Tensor,
    imag: Tensor,
    threshold: Tensor,
    before: Tensor,
    settings: SpikeSettings,
) -> Tensor:
    """Likewise where imag rises through 0 and real is at its threshold or above."""
    first = before.expand(imag.shape[:-1]).unsqueeze(-1)
    earlier = torch.cat([first, imag], -1)[..., :-1]
    fired = (real >= threshold) & earlier.lt(0) & (imag >= 0)
    return _sent(fired, real, settings)


def _sent(fired: Tensor, payload: Tensor, settings: SpikeSettings) -> Tensor:
    if not settings.graded:
        return fired.to(payload.dtype)
    return torch.where(fired, payload / settings.scale, 0.0)


def slopes(voltage: Tensor, threshold: Tensor, settings: SpikeSettings) -> Tensors:
    """The surrogate derivative."""
    return [spike_slope(voltage - threshold, *settings.slope)]


def complex_slopes(
    real: Tensor, imag: Tensor, threshold: Tensor, settings: SpikeSettings
) -> Tensors:
    """Those by the real and the imaginary part."""
    return phase_slopes(real - threshold, imag, *settings.slope)


class Spike(torch.autograd.Function):
    """:func:`spike` as part of autograd's graph."""

    @staticmethod
    def forward(
        ctx: Any, voltage: Tensor, threshold: Tensor, settings: SpikeSettings
    ) -> Tensor:
        ctx.save_for_backward(voltage, threshold)
        ctx.settings = settings
        return spike(voltage, threshold, settings)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        voltage, threshold = ctx.saved_tensors
        (slope,) = slopes(voltage, threshold, ctx.settings)
        return slope * grad, None, None


class ComplexSpike(torch.autograd.Function):
    """:func:`complex_spike` as part of autograd's graph."""

    @staticmethod
    def forward(
        ctx: Any,
        real: Tensor,
        imag: Tensor,
        threshold: Tensor,
        before: Tensor,
        settings: SpikeSettings,
    ) -> Tensor:
        ctx.save_for_backward(real, imag, threshold)
        ctx.settings = settings
        return complex_spike(real, imag, threshold, before, settings)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        real, imag, threshold = ctx.saved_tensors
        slopes = complex_slopes(real, imag, threshold, ctx.settings)
        return (*(each * grad for each in slopes), None, None, None)
