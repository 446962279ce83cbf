"""Integrators, resonators and adaptive thresholds as operators."""

from __future__ import annotations

from collections.abc import Callable

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain, _plain_backward
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
Numbers = Callable[[Settings], training.Settings]
Names = tuple[str, ...]


def _threshold(settings: Settings) -> float | None:
    return None if settings.threshold < 0 else settings.threshold


def _rule(settings: Settings) -> training.ThresholdScale:
    return training.ThresholdScale(
        settings.threshold, settings.threshold_step, settings.scale
    )


def _integrator(settings: Settings) -> training.Settings:
    return training.integrator_settings(settings.scale, _threshold(settings))


def _resonator(settings: Settings) -> training.Settings:
    return training.resonator_settings(settings.scale, _threshold(settings))


def _adaptive(settings: Settings) -> training.Settings:
    return training.adaptive_settings(_rule(settings))


def _integrate(given: Arguments) -> Tensors:
    (x,), settings = given.inputs, given.settings
    y, _ = training.leaky_integrator(
        rows(x),
        *values(given.parameters),
        *states(given.states, x),
        scale=settings.scale,
        threshold=_threshold(settings),
    )
    return tensors([y], x.shape)


def _integrate_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    output = rows(given.inputs[0]) if wanted else None
    to_x, to_decay = training.leaky_integrator_backward(
        rows(grads[0]), *values(given.parameters), output=output
    )
    sums = [] if to_decay is None else [to_decay]
    return tensors([to_x], grads[0].shape), parameter_gradients(sums, given.parameters)


def _rotate(given: Arguments) -> Tensors:
    settings, x = given.settings, given.inputs[0]
    outputs, _ = training.resonator(
        *map(rows, given.inputs),
        *values(given.parameters),
        *states(given.states, x),
        scale=settings.scale,
        threshold=_threshold(settings),
    )
    return tensors(outputs, x.shape)


def _rotate_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    real, imag = (rows(x) if wanted else None for x in given.inputs[:2])
    outputs, sums = training.resonator_backward(
        *map(rows, grads[:2]), *values(given.parameters[:2]), real=real, imag=imag
    )
    to_inputs = tensors(outputs, grads[0].shape)
    return to_inputs, parameter_gradients(sums, given.parameters)


def _adapt(given: Arguments) -> Tensors:
    x = given.inputs[0]
    refractory, threshold = states(given.states, x)
    decays = values(given.parameters)
    outputs, _ = training.adaptive_threshold(
        rows(x), refractory, decays[0], threshold, decays[1], _rule(given.settings)
    )
    return tensors(outputs, x.shape)


def _adapt_phase(given: Arguments) -> Tensors:
    x = given.inputs[0]
    refractory, threshold, imag = states(given.states, x)
    decays = values(given.parameters)
    real_input, imag_input = map(rows, given.inputs)
    outputs, _ = training.adaptive_phase_threshold(
        real_input,
        imag_input,
        imag,
        refractory,
        decays[0],
        threshold,
        decays[1],
        _rule(given.settings),
    )
    return tensors(outputs, x.shape)


def _rotate_adaptive(given: Arguments) -> Tensors:
    x = given.inputs[0]
    real, imag = map(rows, given.inputs)
    sin, cos, refractory, threshold = values(given.parameters)
    first, second, third, fourth = states(given.states, x)
    outputs, _ = training.adaptive_resonator(
        (real, imag),
        (sin, cos, refractory, threshold),
        (first, second, third, fourth),
        _rule(given.settings),
    )
    return tensors(outputs, x.shape)


def _no_gradient(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    return [torch.zeros_like(x) for x in given.inputs], []


def _plain_part(plain: Callable[..., _plain.Result]) -> Callable[..., Tensors]:
    def traces(
        inputs: Tensors, parameters: Tensors, states: Tensors, settings: Settings
    ) -> Tensors:
        return plain(inputs, parameters, states, settings)[0]

    return traces


def _forward_on(
    name: str,
    kernel: Callable[[Arguments], Tensors],
    plain: Callable[..., Tensors],
    numbers: Numbers,
    planes: int,
) -> Callable[[Arguments], Tensors]:
    def on_device(given: Arguments) -> Tensors:
        return launch(
            name,
            given.inputs,
            numbers(given.settings),
            parameters=given.parameters,
            states=given.states,
            out=[True] * planes,
        ).outputs

    def forward(given: Arguments) -> Tensors:
        if compiled(given.inputs[0]):
            return kernel(given)
        return on_device(given) if on_gpu(given.inputs[0]) else plain(*given)

    return forward


def _linear_on(
    name: str,
    kernel: Callable[[Tensors, Arguments, bool], Gradients],
    plain: Callable[..., Gradients],
    planes: int,
) -> Callable[[Tensors, Arguments, bool], Gradients]:
    def on_device(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
        written = launch(
            f"{name}_backward",
            [*grads[:planes], *(given.inputs[:planes] if wanted else ())],
            training.Settings(),
            parameters=given.parameters[:planes],
            out=[True] * planes,
            learned=planes if wanted else 0,
        )
        return written.outputs, [total / 4096 for total in written.sums]

    def backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
        if compiled(grads[0]):
            return kernel(grads, given, wanted)
        if on_gpu(grads[0]):
            return on_device(grads, given, wanted)
        decays, traces = given.parameters[:planes], given.inputs[:planes]
        return plain(grads[:planes], decays, traces, given.settings)

    return backward


def _part(
    name: str,
    arrays: tuple[Names, Names, Names, Names],
    kernel: Callable[[Arguments], Tensors],
    plain: Callable[..., _plain.Result],
    numbers: Numbers,
    backward: Callable[[Tensors, Arguments, bool], Gradients] = _no_gradient,
    learned: int = 0,
) -> Dynamics:
    recurrence = _plain_part(plain)
    inputs, parameters, states, outputs = arrays
    operator = Operator(
        name,
        inputs,
        parameters,
        states,
        outputs,
        learned=learned,
        forward=_forward_on(name, kernel, recurrence, numbers, len(outputs)),
        backward=backward,
        saves_outputs=learned > 0,
    )
    return Dynamics(operator, recurrence)


_WAVE = ("real", "imag")
_WAVE_INPUTS = ("real_input", "imag_input")
_TURN = ("sin_decay", "cos_decay")
_LEVELS = ("threshold", "refractory")
_FADE = ("refractory_decay", "threshold_decay")
_RAISED = ("refractory_state", "threshold_state")
_OSCILLATOR = ("real_state", "imag_state")

_turn_back = _linear_on("resonator", _rotate_backward, _plain_backward.resonator, 2)

LEAKY_INTEGRATOR = _part(
    "leaky_integrator",
    (("input",), ("decay",), ("state",), ("output",)),
    _integrate,
    _plain.leaky_integrator,
    _integrator,
    _linear_on(
        "leaky_integrator", _integrate_backward, _plain_backward.leaky_integrator, 1
    ),
    learned=1,
)
RESONATOR = _part(
    "resonator",
    (_WAVE_INPUTS, _TURN, _OSCILLATOR, _WAVE),
    _rotate,
    _plain.resonator,
    _resonator,
    _turn_back,
    learned=2,
)
ADAPTIVE_THRESHOLD = _part(
    "adaptive_threshold",
    (("input",), _FADE, _RAISED, _LEVELS),
    _adapt,
    _plain.adaptive_threshold,
    _adaptive,
)
ADAPTIVE_PHASE_THRESHOLD = _part(
    "adaptive_phase_threshold",
    (_WAVE_INPUTS, _FADE, (*_RAISED, "imag_state"), _LEVELS),
    _adapt_phase,
    _plain.adaptive_phase_threshold,
    _adaptive,
)
ADAPTIVE_RESONATOR = _part(
    "adaptive_resonator",
    (_WAVE_INPUTS, _TURN + _FADE, _OSCILLATOR + _RAISED, _WAVE + _LEVELS),
    _rotate_adaptive,
    _plain.adaptive_resonator,
    _adaptive,
    _turn_back,
    learned=2,
)
