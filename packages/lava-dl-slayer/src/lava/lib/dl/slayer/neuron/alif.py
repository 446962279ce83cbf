r"""Adaptive leaky integrate and fire neuron.

.. math::
   u_t &= (1 - \alpha_u) u_{t-1} + x_t \\
   v_t &= (1 - \alpha_v) v_{t-1} + u_t \\
   h_t &= (1 - \alpha_h) h_{t-1}, \quad \vartheta_t = \vartheta_0 + h_t \\
   r_t &= (1 - \alpha_r) r_{t-1} \\
   s_t &= [v_t \ge \vartheta_t + r_t]

A spike adds its step to the threshold and twice the threshold to r. The voltage is
never reset.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer.neuron._adaptive import AdaptiveNeuron, Traces, traces_as
from lava.lib.dl.slayer.neuron._decays import params_of
from lava.lib.dl.slayer.neuron._integrating import IntegratingNeuron
from lava.lib.dl.slayer.neuron._spiking import SCALE_RHO_MULT, TAU_RHO_MULT, Norm
from lava.lib.dl.slayer.spike import Spike

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]


neuron_params = params_of(spec.Alif)


@fusable
class Neuron(AdaptiveNeuron, IntegratingNeuron):
    """Adaptive leaky integrate and fire neuron.

    Args:
        threshold: threshold without spikes.
        threshold_step: growth of the threshold at a spike.
        current_decay: decay of the current per step, 0 to 1, or a (min, max) that the
            channels draw from where ``shared_param`` is False.
        voltage_decay: decay of the voltage, likewise.
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
        graded_spike: spikes carry the voltage.
        gradient: ``"slayer"``, or ``"exact"`` to include how spikes raise
            the threshold.
        surrogate: shape of the surrogate derivative, one of ``SURROGATES``, or a
            function of (membrane - threshold) / width, 1 at 0.

    Raises:
        AssertionError: if a decay is not a number (or a pair, see above).
        ValueError: if the threshold rounds to 0.
    """

    _type = "ALIF"
    _whole = ops.ALIF

    def __init__(
        self,
        threshold: float,
        threshold_step: float,
        current_decay: Any,
        voltage_decay: Any,
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
        gradient: str = "slayer",
        surrogate: str | Shape = "exponential",
    ) -> None:
        options = (norm, dropout, shared_param, persistent_state, requires_grad)
        spikes = (graded_spike, gradient, surrogate)
        super().__init__(threshold, tau_grad, scale_grad, scale, *options, *spikes)
        self._add_decays(current_decay, voltage_decay)
        self._add_adaptation(threshold_step, threshold_decay, refractory_decay)
        self._add_states()
        self.clamp()

    def dynamics(self, input: Tensor) -> Traces:
        """Current, voltage, threshold and refractory level.

        Args:
            input: shape (N, C, ..., T).

        Returns:
            Four tensors of the input's shape and dtype.
        """
        (x,) = self._prepare(input)
        x = x if self.norm is None else self.norm(x)
        current = self._leaky(x, "current")
        voltage = self._leaky(current, "voltage")
        threshold, refractory = self._levels(ops.ADAPTIVE_THRESHOLD, [voltage])
        self._store(
            current_state=current,
            voltage_state=voltage,
            threshold_state=threshold,
            refractory_state=refractory,
        )
        return traces_as(input.dtype, current, voltage, threshold, refractory)

    def spike(self, voltage: Tensor, threshold: Tensor, refractory: Tensor) -> Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        level = threshold + refractory
        return self._spikes(Spike, voltage, level, self.voltage_state)
