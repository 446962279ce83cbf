"""Stored states of adaptive neurons after the spikes of the last step."""

from __future__ import annotations

from torch import Tensor


def persistent_ref_state(ref_state: Tensor, spike: Tensor, th_state: Tensor) -> Tensor:
    """The refractory state grown by twice the threshold where there was a spike."""
    return ref_state + 2 * (spike > 0).to(ref_state.dtype) * th_state


def persistent_th_state(th_state: Tensor, spike: Tensor, th_step: float) -> Tensor:
    """The threshold grown by its step where there was a spike."""
    return th_state + (spike > 0).to(th_state.dtype) * th_step
