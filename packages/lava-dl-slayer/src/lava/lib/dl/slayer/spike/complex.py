"""Spike where the phase crosses zero while the real part is above its threshold."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer._surrogate import phase_slopes

__all__ = ["Spike"]


class Spike(torch.autograd.Function):
    r"""Spike where the phase rises through zero.

    That is :math:`x_t \ge \vartheta`, :math:`y_{t-1} < 0` and :math:`y_t \ge 0`, x
    being the real and y the imaginary part.

    No gradient passes to the step before.
    """

    derivative = None

    @staticmethod
    def forward(
        ctx: Any,
        real: torch.Tensor,
        imag: torch.Tensor,
        threshold: torch.Tensor | float,
        tau_rho: float,
        scale_rho: float,
        graded_spike: bool,
        imag_last: torch.Tensor | float,
        scale: float,
    ) -> torch.Tensor:
        """Spikes of an oscillator.

        Args:
            ctx: autograd's context.
            real: real part, shape (N, C, ..., T).
            imag: imaginary part, same shape.
            threshold: a number, or a tensor that broadcasts to ``real``.
            tau_rho: width of the surrogate derivative.
            scale_rho: height of the surrogate derivative.
            graded_spike: True makes spikes carry real / scale.
            imag_last: imaginary part before the first step, a number or a tensor of
                shape (N, C, ...).
            scale: divisor of graded spikes.

        Returns:
            Tensor of the shape and dtype of ``real``.
        """
        threshold = torch.as_tensor(threshold, dtype=real.dtype, device=real.device)
        ctx.save_for_backward(real, imag, threshold)
        ctx.surrogate = tau_rho, scale_rho, graded_spike is True
        fired = (real >= threshold) & _before(imag, imag_last).lt(0) & (imag >= 0)
        spikes = fired.to(real.dtype)
        return spikes * real / scale if graded_spike is True else spikes

    @staticmethod
    def backward(ctx: Any, grad_spikes: torch.Tensor) -> tuple[Any, ...]:
        """Surrogate gradient, to the real and the imaginary part."""
        real, imag, threshold = ctx.saved_tensors
        to_real, to_imag = phase_slopes(real - threshold, imag, *ctx.surrogate)
        rest = [None] * 6
        return to_real * grad_spikes, to_imag * grad_spikes, *rest


def _before(imag: torch.Tensor, last: torch.Tensor | float) -> torch.Tensor:
    first = torch.as_tensor(last, dtype=imag.dtype, device=imag.device)
    first = first.expand(imag.shape[:-1]).unsqueeze(-1)
    return torch.cat([first, imag], -1)[..., :-1]
