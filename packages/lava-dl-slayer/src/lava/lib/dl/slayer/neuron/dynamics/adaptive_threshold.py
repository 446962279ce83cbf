"""Threshold and refractory level that grow where a voltage reaches their sum."""

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

Accelerated = accelerated(__name__, "adaptive_threshold", "Adaptive Threshold")

reset_persistent_ref_state = True
reset_persistent_th_state = True


def dynamics(
    input: Tensor,
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

    Args:
        input: voltage, shape (N, C, ..., T).
        ref_state: refractory level before the first step, one value or (N, C, ...).
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
        ops.ADAPTIVE_THRESHOLD,
        [input],
        [ref_decay, th_decay],
        [ref_state, th_state],
        Settings(w_scale, float(th0), float(th_scale)),
    )
    return threshold.to(input.dtype), refractory.to(input.dtype)
