r"""Adaptive resonate and fire neuron that spikes at a phase.

.. math::
   z_t = (1 - \alpha) e^{2 \pi i / T} z_{t-1} + x_t, \quad
   s_t = [\Re z_t \ge \vartheta_t + r_t] [\Im z_{t-1} < 0] [\Im z_t \ge 0]

A spike adds its step to the threshold and twice the threshold to r; both decay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.neuron._adaptive import AdaptiveNeuron
from lava.lib.dl.slayer.neuron._decays import device_value
from lava.lib.dl.slayer.neuron._resonating import (
    Pair,
    ResonatingNeuron,
    rotation_params,
)
from lava.lib.dl.slayer.neuron._spiking import Norm
from lava.lib.dl.slayer.spike import complex

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]

SCALE_RHO_MULT = 0.1
TAU_RHO_MULT = 100


def neuron_params(
    device_params: Mapping[str, Any], scale: int = 1 << 6, p_scale: int = 1 << 12
) -> dict[str, Any]:
    """Constructor arguments of the neuron with these parameters on the chip.

    Args:
        device_params: ``sinDecay``, ``cosDecay``, ``vThMant``, ``vThStep``,
            ``thDecay`` and ``refDecay``.
        scale: units of a weight per 1.0.
        p_scale: units of a decay per 1.0.
    """
    return {
        "threshold": device_value(device_params, "vThMant", scale),
        "threshold_step": device_value(device_params, "vThStep", scale),
        "threshold_decay": device_value(device_params, "thDecay", p_scale),
        "refractory_decay": device_value(device_params, "refDecay", p_scale),
        **rotation_params(device_params, p_scale),
    }


class Neuron(AdaptiveNeuron, ResonatingNeuron):
    """Adaptive resonate and fire neuron.

    Args:
        threshold: threshold without spikes.
        threshold_step: growth of the threshold at a spike.
        period: period of the oscillation in steps, at least 4, or a (min, max) that the
            channels' are spread over where ``shared_param`` is False.
        decay: decay of the amplitude per step, 0 to 1, or a (min, max) that channels
            draw from.
        threshold_decay: decay of the threshold to its rest, likewise.
        refractory_decay: decay of the refractory level, likewise.
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
        gradient: ``"slayer"``, or ``"exact"`` to include how spikes raise
            the threshold.

    Raises:
        AssertionError: if period or decay is not a number (or a pair, see above), or
            the period is below 4.
        ValueError: if the threshold rounds to 0.
    """

    _whole = ops.ADRF
    _decays = ("sin_decay", "cos_decay", "refractory_decay", "threshold_decay")
    _states = ("real_state", "imag_state", "refractory_state", "threshold_state")
    _multipliers = (TAU_RHO_MULT, SCALE_RHO_MULT)

    def __init__(
        self,
        threshold: float,
        threshold_step: float,
        period: Any,
        decay: Any,
        threshold_decay: Any,
        refractory_decay: Any,
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
        self._add_adaptation(threshold_step, threshold_decay, refractory_decay)
        self._add_states()
        self.clamp()

    @property
    def device_params(self) -> dict[str, Any]:
        """The neuron as the chip's parameters."""
        return {
            "type": "ADRF_PHASE",
            "sinDecay": self.cx_sin_decay,
            "cosDecay": self.cx_cos_decay,
            "thDecay": self.cx_threshold_decay,
            "refDecay": self.cx_refractory_decay,
            "vThMant": self.v_th_mant,
            "vThStep": self.v_th_step,
            "gradedSpike": self.graded_spike,
        }

    def dynamics(
        self, input: Pair
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Real and imaginary part, threshold and refractory level.

        Args:
            input: pair (real, imaginary) of shape (N, C, ..., T).

        Returns:
            Four tensors of the input's shape and dtype.
        """
        real, imag = self._run(
            ops.RESONATOR,
            self._normed(*self._prepare(*input)),
            self._decays[:2],
            self._states[:2],
        )
        threshold, refractory = self._levels(
            ops.ADAPTIVE_PHASE_THRESHOLD, [real, imag], "imag_state"
        )
        self._store(
            real_state=real, threshold_state=threshold, refractory_state=refractory
        )
        dtype = input[0].dtype
        return (
            real.to(dtype),
            imag.to(dtype),
            threshold.to(dtype),
            refractory.to(dtype),
        )

    def spike(
        self,
        real: torch.Tensor,
        imag: torch.Tensor,
        threshold: torch.Tensor,
        refractory: torch.Tensor,
    ) -> torch.Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        level = threshold + refractory
        spikes: torch.Tensor = complex.Spike.apply(  # type: ignore[no-untyped-call]
            self._toward(real, level),
            imag,
            level,
            *self._surrogate,
            self.graded_spike,
            self.imag_state,
            1,
        )
        self._store(imag_state=imag)
        self._raise_levels(spikes)
        return self._dropped(spikes)

    def forward(self, input: Pair) -> torch.Tensor:
        """Spikes of a pair (real, imaginary) of inputs of shape (N, C, ..., T)."""
        if self._can_fuse():
            return self._fused(*input)
        return self.spike(*self.dynamics(input))
