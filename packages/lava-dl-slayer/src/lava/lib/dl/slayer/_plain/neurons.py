"""Whole neurons from the plain recurrences: traces, spikes, gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain import backward as _plain_backward
from lava.lib.dl.slayer._plain import parts as _plain
from lava.lib.dl.slayer._plain.spikes import Spike, slopes
from lava.lib.dl.slayer._plain.time import shift_all
from lava.lib.dl.slayer._settings import Settings, SpikeSettings

Tensors = Sequence[Tensor]
Traces = Callable[[Tensors, Tensors, Tensors, Settings], _plain.Result]


def _without_reset(settings: Settings) -> Settings:
    return settings._replace(threshold=-1.0)


def _spike_settings(settings: Settings) -> SpikeSettings:
    return SpikeSettings(
        settings.tau,
        settings.surrogate_scale,
        settings.graded,
        surrogate=settings.surrogate,
    )


def cuba(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> _plain.Result:
    """Traces (current, voltage)."""
    free = _without_reset(settings)
    current, end = _plain.leaky_integrator(inputs, decays[:1], states[:1], free)
    voltage, last = _plain.leaky_integrator(current, decays[1:], states[1:2], settings)
    return current + voltage, end + last


def alif(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> _plain.Result:
    """Traces (current, voltage, threshold, refractory)."""
    membrane, end = cuba(inputs, decays[:2], states[:2], _without_reset(settings))
    levels, last = _plain.adaptive_threshold(
        membrane[1:], decays[2:], states[2:], settings
    )
    return membrane + levels, end + last


def rf(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> _plain.Result:
    """Traces (real, imag)."""
    return _plain.resonator(inputs, decays, states, _without_reset(settings))


def adrf(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> _plain.Result:
    """Traces (real, imag, threshold, refractory)."""
    oscillator, end = rf(inputs, decays[:2], states[:2], settings)
    levels, last = _plain.adaptive_phase_threshold(
        oscillator, decays[2:], [*states[2:], states[1]], settings
    )
    return oscillator + levels, end + last[:2]


@dataclass(frozen=True)
class PlainNeuron:
    """A neuron's traces and which of them make it spike.

    Attributes:
        traces: the recurrence.
        membrane: index of the trace that is compared with the threshold.
        rotates: whether it is an oscillator with real and imaginary traces.
        phase: spikes at the phase's crossing.
        adaptive: the threshold is the sum of the last two traces.
    """

    traces: Traces
    membrane: int
    rotates: bool = False
    phase: bool = False
    adaptive: bool = False

    def _level(self, traces: Tensors, settings: Settings) -> Tensor:
        if self.adaptive:
            return traces[-2] + traces[-1]
        return traces[0].new_full((), settings.threshold)

    def forward(
        self, inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
    ) -> Tensors:
        """Spikes and the states after the last step."""
        traces, last = self.traces(inputs, decays, states, settings)
        level, sent = self._level(traces, settings), _spike_settings(settings)
        membrane = traces[self.membrane]
        if self.adaptive and settings.exact:
            membrane = membrane - (level - level.detach())
        if self.phase:
            spikes = Spike.apply(sent, membrane, traces[1], level, states[1])
        else:
            spikes = Spike.apply(sent, membrane, level)
        return [shift_all(spikes, settings.latency), *last]

    def backward(
        self,
        grads: Tensors,
        inputs: Tensors,
        decays: Tensors,
        states: Tensors,
        settings: Settings,
    ) -> _plain_backward.Result:
        """SLAYER's gradients of the inputs and the first two decays."""
        traces, _ = self.traces(inputs, decays, states, settings)
        spikes = shift_all(grads[0], -settings.latency)
        to_traces = [slope * spikes for slope in self._slopes(traces, settings)]
        backward = _plain_backward.resonator if self.rotates else _integrators
        return backward(to_traces, decays[:2], traces[:2], settings)

    def _slopes(self, traces: Tensors, settings: Settings) -> list[Tensor]:
        inputs = traces[:2] if self.phase else [traces[self.membrane]]
        level = self._level(traces, settings)
        derivatives = [*slopes([*inputs, level], _spike_settings(settings))]
        absent = 2 - len(derivatives) if self.rotates else 0
        return [torch.zeros_like(derivatives[0])] * absent + derivatives


def _integrators(
    grads: Tensors, decays: Tensors, traces: Tensors, settings: Settings
) -> _plain_backward.Result:
    integrator = _plain_backward.leaky_integrator
    current, voltage = integrator(grads, decays[1:], traces[1:], settings)
    to_input, to_decay = integrator(current, decays[:1], traces[:1], settings)
    return to_input, to_decay + voltage


CUBA = PlainNeuron(cuba, membrane=1)
ALIF = PlainNeuron(alif, membrane=1, adaptive=True)
RF = PlainNeuron(rf, membrane=0, rotates=True, phase=True)
RF_IZ = PlainNeuron(_plain.resonator, membrane=1, rotates=True)
ADRF = PlainNeuron(adrf, membrane=0, rotates=True, phase=True, adaptive=True)
ADRF_IZ = PlainNeuron(
    _plain.adaptive_resonator, membrane=1, rotates=True, adaptive=True
)
