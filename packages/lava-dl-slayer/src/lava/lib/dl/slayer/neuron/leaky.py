r"""Leaky integrator that never spikes: a read-out.

.. math::
   v_t = (1 - \alpha_v) v_{t-1} + x_t
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.neuron._spiking import P_SCALE, SpikingNeuron, integer_decay

__all__ = ["Neuron"]


class Neuron(SpikingNeuron):
    """Leaky integrator whose output is its voltage.

    ``block.cuba.Affine`` is such a read-out with weights that can be exported.

    Args:
        voltage_decay: decay of the voltage per step, 0 to 1, or a (min, max) that the
            channels draw from where ``shared_param`` is False.
        scale: units of a weight per 1.0; the voltage has 64 times as many.
        shared_param: one decay for all channels.
        persistent_state: keep the voltage from one call to the next.
        requires_grad: learn the decay.
    """

    voltage_decay: torch.nn.Parameter
    voltage_state: Tensor
    _multipliers = (1.0, 1.0)
    _decays = ("voltage_decay",)
    _states = ("voltage_state",)

    def __init__(
        self,
        voltage_decay: Any,
        scale: int = 1 << 6,
        shared_param: bool = True,
        persistent_state: bool = False,
        requires_grad: bool = False,
    ) -> None:
        super().__init__(
            threshold=1.0,
            tau_grad=1.0,
            scale_grad=1.0,
            scale=scale,
            norm=None,
            dropout=None,
            shared_param=shared_param,
            persistent_state=persistent_state,
            requires_grad=requires_grad,
            graded_spike=False,
            gradient="slayer",
        )
        self._add_decay("voltage_decay", voltage_decay, spread=0.01, checked=True)
        self._add_states()
        self.clamp()

    def clamp(self) -> None:
        """Limits the decay to 0 to 1."""
        self.voltage_decay.data.clamp_(0, P_SCALE)

    cx_voltage_decay = integer_decay("voltage_decay")

    @property
    def takes_pending_sums(self) -> bool:
        """False: it has no spikes."""
        return False

    def _can_fuse(self) -> bool:
        return False

    def forward(self, input: Tensor) -> Tensor:
        """The voltage for an input of shape (N, C, ..., T), of its shape and dtype."""
        (x,) = self._prepare(input)
        (voltage,) = self._run(
            ops.LEAKY_INTEGRATOR, [x], self._decays, self._states, -1.0
        )
        self._store(voltage_state=voltage)
        return voltage.to(input.dtype)

    def extra_repr(self) -> str:
        """Decay in real units, for ``repr``."""
        return super().extra_repr().partition(", ")[2]
