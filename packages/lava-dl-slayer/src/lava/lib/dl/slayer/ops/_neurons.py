"""Whole neurons, from input to spikes, as operators."""

from __future__ import annotations

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain_neurons
from lava.lib.dl.slayer._plain_neurons import PlainNeuron
from lava.lib.dl.slayer._plain_time import shift_all
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.ops._arrays import (
    compiled,
    parameter_gradients,
    rows,
    states,
    tensors,
    values,
)
from lava.lib.dl.slayer.ops._dynamics import Dynamics
from lava.lib.dl.slayer.ops._gpu import launch, on_gpu
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

Gradients = tuple[Tensors, Tensors]
Names = tuple[str, ...]

_WAVE_INPUTS = ("real_input", "imag_input")
_TURN = ("sin_decay", "cos_decay")
_FADE = ("refractory_decay", "threshold_decay")
_RAISED = ("refractory_state", "threshold_state")
_OSCILLATOR = ("real_state", "imag_state")
_PULSE = ("current_state", "voltage_state")
_LEAKS = ("current_decay", "voltage_decay")


def _neuron_forward(kernel: training.Neuron, given: Arguments) -> Tensors:
    x, settings = given.inputs[0], given.settings
    result = training.neuron_forward(
        kernel,
        [rows(each) for each in given.inputs],
        values(given.parameters),
        states(given.states, x),
        threshold_of(settings),
        latency=settings.latency,
    )
    spikes = tensors(result.outputs, x.shape)
    return [*spikes, *tensors(result.states, x.shape[:-1])]


def _neuron_backward(
    kernel: training.Neuron, grads: Tensors, given: Arguments, wanted: bool
) -> Gradients:
    x, settings = given.inputs[0], given.settings
    result = training.neuron_backward(
        kernel,
        [rows(each) for each in given.inputs],
        values(given.parameters),
        states(given.states, x),
        [rows(grads[0]), None, None],
        threshold_of(settings),
        surrogate_of(settings),
        latency=settings.latency,
        decay_gradients=wanted,
    )
    to_inputs = tensors(result.inputs, x.shape)
    return to_inputs, parameter_gradients(result.decays, given.parameters)


def _gpu_forward(kernel: training.Neuron, given: Arguments) -> Tensors:
    written = launch(
        kernel.name,
        given.inputs,
        training.neuron_settings(kernel, threshold_of(given.settings)),
        parameters=given.parameters,
        states=given.states,
        out=[True] + [False] * (len(kernel.outputs) - 1),
        ends=len(kernel.states),
    )
    spikes = shift_all(written.outputs[0], given.settings.latency)
    return [spikes, *written.states]


def _gpu_backward(
    kernel: training.Neuron, grads: Tensors, given: Arguments, wanted: bool
) -> Gradients:
    level, surrogate = threshold_of(given.settings), surrogate_of(given.settings)
    to_spikes = shift_all(grads[0], -given.settings.latency)
    written = launch(
        f"{kernel.name}_backward",
        [*given.inputs, to_spikes],
        training.neuron_settings(kernel, level, surrogate),
        parameters=given.parameters,
        states=given.states,
        out=[True] * len(given.inputs),
        learned=len(surrogate.learned(given.parameters)) if wanted else 0,
        scratch=len(kernel.outputs),
    )
    return written.outputs, [total / 4096 for total in written.sums]


def _with_zeros(to_decays: Tensors, decays: Tensors) -> Tensors:
    """Gradients of all decays, of which only the exact one has the last."""
    return [*to_decays, *(torch.zeros_like(d) for d in decays[len(to_decays) :])]


def threshold_of(settings: Settings) -> training.Threshold:
    return training.Threshold(
        settings.threshold, settings.scale, settings.threshold_step, settings.graded
    )


def surrogate_of(settings: Settings) -> training.Surrogate:
    gradient: training.Gradient = "exact" if settings.exact else "slayer"
    return training.Surrogate(settings.tau, settings.surrogate_scale, gradient)


def _neuron(
    kernel: training.Neuron, plain: PlainNeuron, arrays: tuple[Names, Names, Names]
) -> Dynamics:
    def forward(given: Arguments) -> Tensors:
        if compiled(given.inputs[0]):
            return _neuron_forward(kernel, given)
        if on_gpu(given.inputs[0]):
            return _gpu_forward(kernel, given)
        return plain.forward(*given)

    def gradients(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
        if compiled(grads[0]):
            return _neuron_backward(kernel, grads, given, wanted)
        if on_gpu(grads[0]):
            return _gpu_backward(kernel, grads, given, wanted)
        return plain.backward(grads, *given)

    def backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
        to_inputs, to_decays = gradients(grads, given, wanted)
        return to_inputs, _with_zeros(to_decays, given.parameters)

    inputs, parameters, states_ = arrays
    operator = Operator(
        kernel.name,
        inputs,
        parameters,
        states_,
        outputs=("spikes",),
        learned=len(parameters),
        forward=forward,
        backward=backward,
        gives_states=True,
    )
    return Dynamics(operator, plain.forward, exact=True)


_INPUT = ("input",)
_FADING = _LEAKS + _FADE
_TURNING = _TURN + _FADE

CUBA = _neuron(training.CUBA, _plain_neurons.CUBA, (_INPUT, _LEAKS, _PULSE))
ALIF = _neuron(training.ALIF, _plain_neurons.ALIF, (_INPUT, _FADING, _PULSE + _RAISED))
RF = _neuron(training.RF, _plain_neurons.RF, (_WAVE_INPUTS, _TURN, _OSCILLATOR))
RF_IZ = _neuron(
    training.RF_IZ, _plain_neurons.RF_IZ, (_WAVE_INPUTS, _TURN, _OSCILLATOR)
)
ADRF = _neuron(
    training.ADRF,
    _plain_neurons.ADRF,
    (_WAVE_INPUTS, _TURNING, _OSCILLATOR + _RAISED),
)
ADRF_IZ = _neuron(
    training.ADRF_IZ,
    _plain_neurons.ADRF_IZ,
    (_WAVE_INPUTS, _TURNING, _OSCILLATOR + _RAISED),
)

NEURONS = (
    (training.CUBA, CUBA),
    (training.ALIF, ALIF),
    (training.RF, RF),
    (training.RF_IZ, RF_IZ),
    (training.ADRF, ADRF),
    (training.ADRF_IZ, ADRF_IZ),
)
"""Core's kernel and the operator of each neuron."""
