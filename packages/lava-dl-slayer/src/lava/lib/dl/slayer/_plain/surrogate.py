"""Surrogate derivatives that stand in for the spike functions' own."""

from __future__ import annotations

import torch


def spike_slope(
    above: torch.Tensor, tau: float, scale: float, graded: bool
) -> torch.Tensor:
    """D spike / d voltage, ``above`` being voltage - threshold."""
    if graded:
        return scale * torch.exp(above.clamp(max=0) / tau)
    return scale / 2 / tau * torch.exp(-above.abs() / tau)


def phase_slopes(
    above: torch.Tensor, imag: torch.Tensor, tau: float, scale: float, graded: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """D spike / d real and d spike / d imag, ``above`` being real - threshold."""
    half = 0.5 / tau
    real_slope = spike_slope(above, tau, 1.0, graded)
    imag_slope = half * torch.exp(-imag.abs() / tau)
    below = 1 - 2 * tau * real_slope
    passed = 0.5 * (1 + torch.sign(above) * below)
    to_imag = -scale / tau * torch.sign(imag) * imag_slope * passed
    return scale * real_slope * imag_slope, to_imag
