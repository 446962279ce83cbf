"""The two sorts of resonate-and-fire neurons: threshold fixed, and adaptive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer.neuron._adaptive import AdaptiveNeuron
from lava.lib.dl.slayer.neuron._decays import device_value
from lava.lib.dl.slayer.neuron._resonating import ResonatingNeuron, rotation_params
from lava.lib.dl.slayer.neuron._spiking import Norm


def fixed_params(
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


class FixedResonator(ResonatingNeuron):
    """An oscillator with a fixed threshold."""

    _decays = ("sin_decay", "cos_decay")
    _states = ("real_state", "imag_state")

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


def adaptive_params(
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


class AdaptiveResonator(AdaptiveNeuron, ResonatingNeuron):
    """An oscillator with an adaptive threshold."""

    _decays = ("sin_decay", "cos_decay", "refractory_decay", "threshold_decay")
    _states = ("real_state", "imag_state", "refractory_state", "threshold_state")

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
