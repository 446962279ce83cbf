"""What neurons made of two leaky integrators share."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._shift import shift
from lava.lib.dl.slayer.neuron._spiking import P_SCALE, SpikingNeuron, integer_decay


class IntegratingNeuron(SpikingNeuron):
    """Current into voltage."""

    current_state: Tensor
    voltage_state: Tensor

    def _add_decays(self, current_decay: Any, voltage_decay: Any) -> None:
        self._add_decay("current_decay", current_decay, spread=0.01, checked=True)
        self._add_decay("voltage_decay", voltage_decay, spread=0.01, checked=True)

    def clamp(self) -> None:
        """Limits the decays to 0 to 1."""
        for name in self._decays:
            getattr(self, name).data.clamp_(0, P_SCALE)

    cx_current_decay = integer_decay("current_decay")
    cx_voltage_decay = integer_decay("voltage_decay")

    @property
    def ref_delay(self) -> int:
        """Refractory delay of the chip, always 1."""
        return 1

    def forward(self, input: Tensor, latency: int = 0) -> Tensor:
        """Spikes of an input of shape (N, C, ..., T), ``latency`` steps late."""
        if self._can_fuse():
            return self.fused(input, latency=latency)
        _, *membrane = self.dynamics(input)
        return shift(self.spike(*membrane), latency)

    def _leaky(self, x: Tensor, name: str, threshold: float = -1.0) -> Tensor:
        decay, state = f"{name}_decay", f"{name}_state"
        (y,) = self._run(ops.LEAKY_INTEGRATOR, [x], [decay], [state], threshold)
        return y
