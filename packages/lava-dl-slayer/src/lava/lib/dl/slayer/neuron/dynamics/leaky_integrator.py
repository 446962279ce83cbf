r"""Leaky integrator: :math:`y_t = trunc(y_{t-1} (1 - \alpha)) + x_t` on integers."""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.neuron.dynamics._accelerated import accelerated

__all__ = ["Accelerated", "dynamics", "persistent_state"]

Accelerated = accelerated(__name__, "leaky_integrator", "Leaky Integrator")


def dynamics(
    input: Tensor,
    decay: Tensor,
    state: Tensor,
    w_scale: float,
    threshold: float | None = None,
    debug: bool = False,
) -> Tensor:
    """Integrates over time.

    Args:
        input: shape (N, C, ..., T).
        decay: 4096 times the decay, one value or one per channel; its fraction is
            dropped.
        state: y before the first step, one value or shape (N, C, ...).
        w_scale: units of the integer state per 1.0.
        threshold: where y reaches it, the next step starts from 0. None, 0 and negative
            values never reset.
        debug: kept for scripts that pass it; has no effect.

    Returns:
        y before its reset, of the input's shape and dtype. The gradient ignores resets.
    """
    settings = Settings(w_scale, -1.0 if threshold is None else float(threshold))
    (y,) = ops.apply(ops.LEAKY_INTEGRATOR, [input], [decay], [state], settings)
    return y.to(input.dtype)


def persistent_state(state: Tensor, spike: Tensor) -> Tensor:
    """The state after the spikes of the last step: 0 where there was one."""
    return state * (1 - (spike > 0).to(state.dtype))
