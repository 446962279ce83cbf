"""Delay and filter along time as operators."""

from __future__ import annotations

from dataclasses import replace

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain_time as plain
from lava.lib.dl.slayer._settings import ShiftSettings
from lava.lib.dl.slayer.ops._arrays import (
    compiled,
    parameter_gradients,
    rows,
    tensors,
    values,
)
from lava.lib.dl.slayer.ops._gpu import launch, on_gpu
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

Gradients = tuple[Tensors, Tensors]


def _delay(given: Arguments) -> Tensors:
    (x,), (delay,) = given.inputs, given.parameters
    unit = given.settings.sampling_time
    if on_gpu(x):
        numbers = training.delay_settings(unit)
        return launch("delay", [x], numbers, parameters=[delay]).outputs
    if not compiled(x):
        return [plain.shift(x, delay, unit)]
    y = training.delay(rows(x), *values([delay]), sampling_time=unit)
    return tensors([y], x.shape)


def _delay_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    (x,), (delay,) = given.inputs, given.parameters
    unit = given.settings.sampling_time
    if on_gpu(x):
        written = launch(
            "delay_backward",
            [grads[0], x],
            training.delay_settings(unit),
            parameters=[delay],
            learned=int(wanted),
        )
        return written.outputs, written.sums
    if not compiled(x):
        to_x, to_delay = plain.delay_backward(grads[0], x, delay, unit)
        return [to_x], [to_delay]
    outputs, sums = training.delay_backward(
        rows(grads[0]),
        *values([delay]),
        x=rows(x) if wanted else None,
        sampling_time=unit,
    )
    to_parameters = [] if sums is None else [sums]
    return tensors([outputs], x.shape), parameter_gradients(to_parameters, [delay])


def _filter(x: torch.Tensor, taps: torch.Tensor, settings: ShiftSettings) -> Tensors:
    unit, correlate = settings.sampling_time, settings.correlate
    if on_gpu(x):
        numbers = training.fir_settings(unit, correlate)
        return launch("fir", [x], numbers, taps=taps).outputs
    if not compiled(x):
        return [plain.fir(x, taps, unit, correlate)]
    y = training.fir(rows(x), *values([taps]), sampling_time=unit, correlate=correlate)
    return tensors([y], x.shape)


def _fir(given: Arguments) -> Tensors:
    return _filter(given.inputs[0], given.parameters[0], given.settings)


def _fir_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    settings = given.settings
    other = replace(settings, correlate=not settings.correlate)
    return _filter(grads[0], given.parameters[0], other), []


DELAY = Operator(
    "delay",
    inputs=("input",),
    parameters=("delay",),
    states=(),
    outputs=("output",),
    learned=1,
    forward=_delay,
    backward=_delay_backward,
    settings=ShiftSettings,
)
FIR = Operator(
    "fir",
    inputs=("input",),
    parameters=("taps",),
    states=(),
    outputs=("output",),
    learned=0,
    forward=_fir,
    backward=_fir_backward,
    settings=ShiftSettings,
)
