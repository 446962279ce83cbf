"""Spike where the voltage reaches its threshold."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer._surrogate import spike_slope

__all__ = ["Spike"]


class Spike(torch.autograd.Function):
    r"""Spike function :math:`s = [v \ge \vartheta]`, times v / scale where graded.

    Its surrogate derivative is
    :math:`\frac{scale\_rho}{2\,tau\_rho} e^{-|v - \vartheta| / tau\_rho}`, and
    :math:`scale\_rho\, e^{\min(v - \vartheta, 0) / tau\_rho}` where graded
    (Shrestha and Orchard, SLAYER, 2018).
    """

    derivative = None

    @staticmethod
    def forward(
        ctx: Any,
        voltage: torch.Tensor,
        threshold: torch.Tensor | float,
        tau_rho: float,
        scale_rho: float,
        graded_spike: bool,
        voltage_last: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        """Spikes of ``voltage``.

        Args:
            ctx: autograd's context.
            voltage: shape (N, C, ..., T).
            threshold: a number, or a tensor that broadcasts to the voltage.
            tau_rho: width of the surrogate derivative.
            scale_rho: height of the surrogate derivative.
            graded_spike: True makes spikes carry voltage / scale.
            voltage_last: voltage before the first step; has no effect.
            scale: divisor of graded spikes.

        Returns:
            Tensor of the voltage's shape and dtype.
        """
        threshold = torch.as_tensor(
            threshold, dtype=voltage.dtype, device=voltage.device
        )
        ctx.save_for_backward(voltage, threshold)
        ctx.surrogate = tau_rho, scale_rho, graded_spike is True
        fired = (voltage >= threshold).to(voltage.dtype)
        return fired * voltage / scale if graded_spike is True else fired

    @staticmethod
    def backward(ctx: Any, grad_spikes: torch.Tensor) -> tuple[Any, ...]:
        """Surrogate gradient, to the voltage only."""
        voltage, threshold = ctx.saved_tensors
        slope = spike_slope(voltage - threshold, *ctx.surrogate)
        return slope * grad_spikes, None, None, None, None, None, None
