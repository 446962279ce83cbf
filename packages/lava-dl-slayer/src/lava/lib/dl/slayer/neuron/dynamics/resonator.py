r"""Resonator: :math:`z_t = \lambda e^{i\omega} z_{t-1} + x_t` on integers.

Each of the four products with the sine and cosine decays is truncated toward zero.
"""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.neuron.dynamics._accelerated import accelerated

__all__ = ["Accelerated", "dynamics", "persistent_imag_state", "persistent_real_state"]

Accelerated = accelerated(__name__, "resonator", "Resonator")


def dynamics(
    real_input: Tensor,
    imag_input: Tensor,
    sin_decay: Tensor,
    cos_decay: Tensor,
    real_state: Tensor,
    imag_state: Tensor,
    w_scale: float,
    threshold: float | None = None,
    debug: bool = False,
) -> tuple[Tensor, Tensor]:
    """Rotates and decays over time.

    Args:
        real_input: shape (N, C, ..., T).
        imag_input: same shape.
        sin_decay: 4096 times decay and sine, one value or one per channel.
        cos_decay: 4096 times decay and cosine, likewise.
        real_state: real part before the first step, one value or shape (N, C, ...).
        imag_state: imaginary part, likewise.
        w_scale: units of the integer state per 1.0.
        threshold: where the imaginary part reaches it, the next step starts from
            (0, threshold - 1 / w_scale). None and negative values never reset.
        debug: kept for scripts that pass it; has no effect.

    Returns:
        Real and imaginary part before the reset, of the input's shape and dtype.
    """
    settings = Settings(w_scale, -1.0 if threshold is None else float(threshold))
    real, imag = ops.apply(
        ops.RESONATOR,
        [real_input, imag_input],
        [sin_decay, cos_decay],
        [real_state, imag_state],
        settings,
    )
    return real.to(real_input.dtype), imag.to(real_input.dtype)


def persistent_real_state(real_state: Tensor, spike: Tensor) -> Tensor:
    """The real state after the spikes of the last step: 0 where there was one."""
    return real_state * (1 - (spike > 0).to(real_state.dtype))


def persistent_imag_state(
    imag_state: Tensor, spike: Tensor, threshold: float, scale: float
) -> Tensor:
    """The imaginary state after spikes: threshold - 1 / scale where there was one."""
    fired = (spike > 0).to(imag_state.dtype)
    return fired * (threshold - 1 / scale) + (1 - fired) * imag_state
