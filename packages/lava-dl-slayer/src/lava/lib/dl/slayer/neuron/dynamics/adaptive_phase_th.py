"""Threshold and refractory level that grow where an oscillator's phase crosses zero."""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.neuron.dynamics._accelerated import accelerated
from lava.lib.dl.slayer.neuron.dynamics._adaptation import (
    persistent_ref_state,
    persistent_th_state,
)

__all__ = ["Accelerated", "dynamics", "persistent_ref_state", "persistent_th_state"]

Accelerated = accelerated(__name__, "adaptive_phase_th", "Adaptive Phase Threshold")


def dynamics(
    re_input: Tensor,
    im_input: Tensor,
    im_state: Tensor,
    ref_state: Tensor,
    ref_decay: Tensor,
    th_state: Tensor,
    th_decay: Tensor,
    th_scale: float,
    th0: float,
    w_scale: float,
    debug: bool = False,
) -> tuple[Tensor, Tensor]:
    """Levels of each step; they pass no gradient.

    They grow where ``im_input`` rises through zero while ``re_input`` is at or above
    their sum.

    Args:
        re_input: real part of the oscillator, shape (N, C, ..., T).
        im_input: its imaginary part, same shape.
        im_state: imaginary part before the first step, one value or (N, C, ...).
        ref_state: refractory level before the first step, likewise.
        ref_decay: 4096 times its decay, one value or one per channel.
        th_state: threshold before the first step, likewise.
        th_decay: 4096 times its decay, likewise.
        th_scale: growth of the threshold at a spike.
        th0: threshold that it decays to.
        w_scale: units of the integer states per 1.0.
        debug: kept for scripts that pass it; has no effect.

    Returns:
        Threshold and refractory level, of the input's shape and dtype.
    """
    threshold, refractory = ops.apply(
        ops.ADAPTIVE_PHASE_THRESHOLD,
        [re_input, im_input],
        [ref_decay, th_decay],
        [ref_state, th_state, im_state],
        Settings(w_scale, float(th0), float(th_scale)),
    )
    return threshold.to(re_input.dtype), refractory.to(re_input.dtype)
