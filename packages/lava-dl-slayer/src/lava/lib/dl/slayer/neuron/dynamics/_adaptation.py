"""Stored states of adaptive neurons after the spikes of the last step."""

from __future__ import annotations

import torch

__all__ = ["persistent_ref_state", "persistent_th_state"]


def persistent_ref_state(
    ref_state: torch.Tensor, spike: torch.Tensor, th_state: torch.Tensor
) -> torch.Tensor:
    """The refractory state grown by twice the threshold where there was a spike."""
    return ref_state + 2 * (spike > 0).to(ref_state.dtype) * th_state


def persistent_th_state(
    th_state: torch.Tensor, spike: torch.Tensor, th_step: float
) -> torch.Tensor:
    """The threshold grown by its step where there was a spike."""
    return th_state + (spike > 0).to(th_state.dtype) * th_step
