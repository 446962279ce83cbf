"""The two sorts of resonate-and-fire neurons: threshold fixed, and adaptive."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer.neuron._adaptive import AdaptiveNeuron
from lava.lib.dl.slayer.neuron._resonating import ResonatingNeuron
from lava.lib.dl.slayer.neuron._spiking import Norm


class FixedResonator(ResonatingNeuron):
    """An oscillator with a fixed threshold."""

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
        surrogate: str | Shape = "exponential",
    ) -> None:
        options = (norm, dropout, shared_param, persistent_state, requires_grad)
        spikes = (graded_spike, gradient, surrogate)
        super().__init__(threshold, tau_grad, scale_grad, scale, *options, *spikes)
        self._add_rotation(period, decay, log_init)
        self._add_states()
        self.clamp()


class AdaptiveResonator(AdaptiveNeuron, ResonatingNeuron):
    """An oscillator with an adaptive threshold."""

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
        surrogate: str | Shape = "exponential",
    ) -> None:
        options = (norm, dropout, shared_param, persistent_state, requires_grad)
        spikes = (graded_spike, gradient, surrogate)
        super().__init__(threshold, tau_grad, scale_grad, scale, *options, *spikes)
        self._add_rotation(period, decay, log_init)
        self._add_adaptation(threshold_step, threshold_decay, refractory_decay)
        self._add_states()
        self.clamp()
