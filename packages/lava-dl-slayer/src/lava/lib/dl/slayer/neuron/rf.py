r"""Resonate and fire neuron that spikes at a phase.

.. math::
   z_t = (1 - \alpha) e^{2 \pi i / T} z_{t-1} + x_t, \quad
   s_t = [\Re z_t \ge \vartheta] [\Im z_{t-1} < 0] [\Im z_t \ge 0]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.neuron._decays import device_value
from lava.lib.dl.slayer.neuron._resonating import (
    Pair,
    ResonatingNeuron,
    rotation_params,
)
from lava.lib.dl.slayer.neuron._spiking import Norm
from lava.lib.dl.slayer.spike import complex

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]

SCALE_RHO_MULT = 10
TAU_RHO_MULT = 0.5


def neuron_params(
    device_params: Mapping[str, Any], scale: int = 1 << 6, p_scale: int = 1 << 12
) -> dict[str, Any]:
    """Constructor arguments of the neuron with these parameters on the chip.

    Args:
        device_params: ``sinDecay``, ``cosDecay`` and ``vThMant``.
        scale: units of a weight per 1.0.
        p_scale: units of a decay per 1.0.
    """
    return {
        "threshold": device_value(device_params, "vThMant", scale),
        **rotation_params(device_params, p_scale),
    }


class Neuron(ResonatingNeuron):
    """Resonate and fire neuron.

    Args:
        threshold: firing threshold.
        period: period of the oscillation in steps, at least 4, or a (min, max) that the
            channels' are spread over where ``shared_param`` is False.
        decay: decay of the amplitude per step, 0 to 1, or a (min, max) that channels
            draw from.
        tau_grad: width of the surrogate derivative, in thresholds.
        scale_grad: height of the surrogate derivative.
        scale: units of a weight per 1.0; states have 64 times as many.
        norm: class of the input's normalisation.
        dropout: module applied to the spikes.
        shared_param: one decay for all channels.
        persistent_state: keep states from one call to the next.
        requires_grad: learn the decays.
        graded_spike: spikes carry the real part.
        log_init: spread the channels' frequencies evenly on a logarithmic scale; else
            draw them.
        gradient: ``"slayer"``, or ``"exact"`` to include the reset's contribution (this
            neuron has none).

    Raises:
        AssertionError: if period or decay is not a number (or a pair, see above), or
            the period is below 4.
        ValueError: if the threshold rounds to 0.
    """

    _whole = ops.RF
    _decays = ("sin_decay", "cos_decay")
    _states = ("real_state", "imag_state")
    _multipliers = (TAU_RHO_MULT, SCALE_RHO_MULT)

    def __init__(
        self,
        threshold: float,
        period: Any,
        decay: Any,
        tau_grad: float = 1,
        scale_grad: float = 1,
        scale: int = 1 << 6,
        norm: Norm | None = None,
        dropout: torch.nn.Module | None = None,
        shared_param: bool = True,
        persistent_state: bool = False,
        requires_grad: bool = False,
        graded_spike: bool = False,
        log_init: bool = True,
        gradient: str = "slayer",
    ) -> None:
        super().__init__(
            threshold,
            tau_grad,
            scale_grad,
            scale,
            norm,
            dropout,
            shared_param,
            persistent_state,
            requires_grad,
            graded_spike,
            gradient,
            complex=True,
        )
        self._add_rotation(period, decay, log_init)
        self._add_states()
        self.clamp()

    @property
    def device_params(self) -> dict[str, Any]:
        """The neuron as the chip's parameters."""
        return {
            "type": "RF_PHASE",
            "sinDecay": self.cx_sin_decay,
            "cosDecay": self.cx_cos_decay,
            "vThMant": self.v_th_mant,
            "gradedSpike": self.graded_spike,
        }

    def dynamics(self, input: Pair) -> Pair:
        """Real and imaginary part of the oscillator.

        Args:
            input: pair (real, imaginary) of shape (N, C, ..., T).

        Returns:
            Two tensors of the input's shape and dtype.
        """
        real, imag = self._run(
            ops.RESONATOR,
            self._normed(*self._prepare(*input)),
            self._decays,
            self._states,
        )
        self._store(real_state=real)
        return real.to(input[0].dtype), imag.to(input[0].dtype)

    def spike(self, real: torch.Tensor, imag: torch.Tensor) -> torch.Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        spikes: torch.Tensor = complex.Spike.apply(  # type: ignore[no-untyped-call]
            real,
            imag,
            self._level,
            *self._surrogate,
            self.graded_spike,
            self.imag_state,
            1,
        )
        self._store(imag_state=imag)
        return self._dropped(spikes)

    def forward(self, input: Pair) -> torch.Tensor:
        """Spikes of a pair (real, imaginary) of inputs of shape (N, C, ..., T)."""
        if self._can_fuse():
            return self._fused(*input)
        return self.spike(*self.dynamics(input))
