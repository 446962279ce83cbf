"""Resonator with threshold and refractory level that grow where imag reaches them."""

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

Accelerated = accelerated(__name__, "adaptive_resonator", "Adaptive Resonator")


def dynamics(
    real_input: Tensor,
    imag_input: Tensor,
    sin_decay: Tensor,
    cos_decay: Tensor,
    ref_decay: Tensor,
    th_decay: Tensor,
    real_state: Tensor,
    imag_state: Tensor,
    ref_state: Tensor,
    th_state: Tensor,
    th_scale: float,
    th0: float,
    w_scale: float,
    debug: bool = False,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rotates and decays over time; the oscillator itself is never reset.

    Args:
        real_input: shape (N, C, ..., T).
        imag_input: same shape.
        sin_decay: 4096 times decay and sine, one value or one per channel.
        cos_decay: 4096 times decay and cosine, likewise.
        ref_decay: 4096 times the refractory level's decay, likewise.
        th_decay: 4096 times the threshold's decay, likewise.
        real_state: real part before the first step, one value or shape (N, C, ...).
        imag_state: imaginary part, likewise.
        ref_state: refractory level, likewise.
        th_state: threshold, likewise.
        th_scale: growth of the threshold at a spike.
        th0: threshold that it decays to.
        w_scale: units of the integer states per 1.0.
        debug: kept for scripts that pass it; has no effect.

    Returns:
        Real part, imaginary part, threshold and refractory level, of the input's shape
        and dtype. The last two pass no gradient.
    """
    traces = ops.apply(
        ops.ADAPTIVE_RESONATOR,
        [real_input, imag_input],
        [sin_decay, cos_decay, ref_decay, th_decay],
        [real_state, imag_state, ref_state, th_state],
        Settings(w_scale, float(th0), float(th_scale)),
    )
    real, imag, threshold, refractory = (x.to(real_input.dtype) for x in traces)
    return real, imag, threshold, refractory
