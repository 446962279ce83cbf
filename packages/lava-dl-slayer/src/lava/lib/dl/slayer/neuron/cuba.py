r"""Current-based leaky integrate and fire neuron.

.. math::
   u_t &= (1 - \alpha_u) u_{t-1} + x_t \\
   v_t &= (1 - \alpha_v) v_{t-1} + u_t \\
   s_t &= [v_t > \vartheta], \quad v_t \leftarrow v_t (1 - s_t)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer.neuron._decays import params_of
from lava.lib.dl.slayer.neuron._integrating import IntegratingNeuron
from lava.lib.dl.slayer.neuron._spiking import SCALE_RHO_MULT, TAU_RHO_MULT, Norm
from lava.lib.dl.slayer.neuron.dynamics import leaky_integrator
from lava.lib.dl.slayer.spike import Spike

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]


neuron_params = params_of(spec.Cuba)


@fusable
class Neuron(IntegratingNeuron):
    """CUBA leaky integrate and fire neuron.

    Args:
        threshold: firing threshold; the voltage has to exceed it.
        current_decay: decay of the current per step, 0 to 1, or a (min, max) that the
            channels draw from where ``shared_param`` is False.
        voltage_decay: decay of the voltage, likewise.
        tau_grad: width of the surrogate derivative, in thresholds.
        scale_grad: height of the surrogate derivative.
        scale: units of a weight per 1.0; states have 64 times as many.
        norm: class of the current's normalisation.
        dropout: module applied to the spikes.
        shared_param: one decay for all channels.
        persistent_state: keep states from one call to the next.
        requires_grad: learn the decays.
        graded_spike: spikes carry the voltage.
        gradient: ``"slayer"``, or ``"exact"`` to include the reset's contribution.
        surrogate: shape of the surrogate derivative, one of ``SURROGATES``, or a
            function of (membrane - threshold) / width, 1 at 0.

    Raises:
        AssertionError: if a decay is not a number (or a pair, see above).
        ValueError: if the threshold rounds to 0.

    >>> import torch
    >>> neuron = Neuron(threshold=1.0, current_decay=1, voltage_decay=0)
    >>> neuron(torch.full((1, 1, 6), 0.4)).flatten().tolist()
    [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    """

    _type = "CUBA"
    _whole = ops.CUBA

    def __init__(
        self,
        threshold: float,
        current_decay: Any,
        voltage_decay: Any,
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
        # The chip fires above the threshold, not at it.
        self.threshold_eps = 0.01 / self.s_scale
        self._add_decays(current_decay, voltage_decay)
        self._add_states()
        self.clamp()

    @property
    def _level(self) -> float:
        return self._threshold + self.threshold_eps

    def dynamics(self, input: Tensor) -> tuple[Tensor, Tensor]:
        """Current and voltage.

        Args:
            input: shape (N, C, ..., T).

        Returns:
            Current (normalised, if there is a norm) and voltage before its reset, of
            the input's shape and dtype.
        """
        (x,) = self._prepare(input)
        integrated = self._leaky(x, "current")
        current = integrated if self.norm is None else self.norm(integrated)
        voltage = self._leaky(current, "voltage", self._level)
        self._store(current_state=integrated, voltage_state=voltage)
        return current.to(input.dtype), voltage.to(input.dtype)

    def spike(self, voltage: Tensor) -> Tensor:
        """Spikes of the voltage that :meth:`dynamics` gave."""
        fire = self._firing(Spike, (voltage,), self._level, self.voltage_state)
        spikes = fire(self.graded_spike)
        if self.persistent_state is True and spikes.shape[-1] > 0:
            gate, state = self._gate(spikes, fire), self.voltage_state
            reset = leaky_integrator.persistent_state(state, gate)
            self.voltage_state = self._kept(self._after(state, reset, gate))
        return self._dropped(spikes)
