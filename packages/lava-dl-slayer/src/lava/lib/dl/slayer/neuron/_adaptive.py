"""What neurons with an adaptive threshold share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._states import cut_to_steps
from lava.lib.dl.slayer.neuron._spiking import P_SCALE, SpikingNeuron, integer_decay
from lava.lib.dl.slayer.neuron.dynamics.adaptive_threshold import (
    persistent_ref_state,
    persistent_th_state,
)

Traces = tuple[Tensor, Tensor, Tensor, Tensor]
"""Two states of the membrane, threshold and refractory level."""


def traces_as(dtype: torch.dtype, *traces: Tensor) -> Traces:
    """The traces in a dtype."""
    first, second, threshold, refractory = (trace.to(dtype) for trace in traces)
    return first, second, threshold, refractory


class AdaptiveNeuron(SpikingNeuron):
    """Threshold and refractory level that spikes raise."""

    threshold_state: Tensor
    refractory_state: Tensor
    threshold_decay: torch.nn.Parameter
    refractory_decay: torch.nn.Parameter
    threshold_step: float

    def _add_adaptation(
        self, threshold_step: float, threshold_decay: Any, refractory_decay: Any
    ) -> None:
        self.threshold_step = cut_to_steps(threshold_step, self.w_scale)
        self._add_decay("threshold_decay", threshold_decay, spread=0, checked=False)
        self._add_decay("refractory_decay", refractory_decay, spread=0, checked=False)

    def clamp(self) -> None:
        """Limits the decays to what the chip can hold."""
        super().clamp()
        for decay in (self.threshold_decay, self.refractory_decay):
            decay.data.clamp_(0, P_SCALE)

    cx_threshold_decay = integer_decay("threshold_decay")
    cx_refractory_decay = integer_decay("refractory_decay")

    @property
    def v_th_step(self) -> int:
        """Growth of the threshold as the integer that the chip holds."""
        return int(self.threshold_step * self.w_scale)

    def _levels(
        self, part: ops.Kernel, membrane: list[Tensor], *states: str
    ) -> Sequence[Tensor]:
        """Threshold and refractory level under a membrane."""
        decays = ["refractory_decay", "threshold_decay"]
        levels = ["refractory_state", "threshold_state", *states]
        return self._run(part, membrane, decays, levels, self._level)

    def _spikes(
        self,
        spike: type[Any],
        membrane: Tensor,
        level: Tensor,
        before: Tensor,
        *beside: Tensor,
    ) -> Tensor:
        """Spikes of a membrane, and of the phase beside it, which raise the levels."""
        values = (self._toward(membrane, level), *beside)
        fire = self._firing(spike, values, level, before)
        spikes = fire(self.graded_spike)
        self._raise_levels(spikes, fire)
        return self._dropped(spikes)

    def _toward(self, membrane: Tensor, level: Tensor) -> Tensor:
        """The membrane, through which the exact gradient reaches its level too."""
        if self.gradient != "exact":
            return membrane
        return membrane - (level - level.detach())

    def _raise_levels(self, spikes: Tensor, fire: Callable[[bool], Tensor]) -> None:
        """Stored levels after the spikes of the last step; ``fire`` is a gate's."""
        if self.persistent_state is not True or spikes.shape[-1] == 0:
            return
        gate, threshold = self._gate(spikes, fire), self.threshold_state
        refractory = persistent_ref_state(self.refractory_state, gate, threshold)
        raised = persistent_th_state(threshold, gate, self.threshold_step)
        if gate.requires_grad:
            passed = gate - gate.detach()
            refractory = refractory + 2 * passed * threshold.detach()
            raised = raised + passed * self.threshold_step
        self._keep("refractory_state", refractory)
        self._keep("threshold_state", raised)
