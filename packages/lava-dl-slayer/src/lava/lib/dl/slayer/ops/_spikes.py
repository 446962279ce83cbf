"""The spike functions as operators. A threshold has one value or one for each step."""

from __future__ import annotations

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain_spikes
from lava.lib.dl.slayer._settings import SpikeSettings
from lava.lib.dl.slayer.ops._arrays import Floats, compiled, rows, states, tensors
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

Gradients = tuple[Tensors, Tensors]


def _runs_kernel(x: torch.Tensor) -> bool:
    return compiled(x) and x.ndim > 0


def _level(threshold: torch.Tensor, x: torch.Tensor) -> float | Floats:
    if threshold.numel() == 1:
        return threshold.item()
    return rows(threshold.expand(x.shape))


def _surrogate(settings: SpikeSettings) -> training.Surrogate:
    return training.Surrogate(settings.tau, settings.surrogate_scale)


def _spike(given: Arguments) -> Tensors:
    (x,), (threshold,), settings = given.inputs, given.states, given.settings
    if not _runs_kernel(x):
        return [_plain_spikes.spike(x, threshold, settings)]
    sent = training.spike(
        rows(x), _level(threshold, x), graded=settings.graded, scale=settings.scale
    )
    return tensors([sent], x.shape)


def _spike_backward(grads: Tensors, given: Arguments, _: bool) -> Gradients:
    (x,), (threshold,), settings = given.inputs, given.states, given.settings
    if not _runs_kernel(x):
        return [_plain_spikes.slope(x, threshold, settings) * grads[0]], []
    to_x = training.spike_backward(
        rows(x),
        _level(threshold, x),
        rows(grads[0]),
        _surrogate(settings),
        graded=settings.graded,
    )
    return tensors([to_x], x.shape), []


def _complex_spike(given: Arguments) -> Tensors:
    x, (threshold, before), settings = given.inputs[0], given.states, given.settings
    if not _runs_kernel(x):
        spike = _plain_spikes.complex_spike
        return [spike(given.inputs, threshold, before, settings)]
    real, imag = map(rows, given.inputs)
    (first,) = states([before], x)
    sent = training.complex_spike(
        real,
        imag,
        _level(threshold, x),
        first,
        graded=settings.graded,
        scale=settings.scale,
    )
    return tensors([sent], x.shape)


def _complex_spike_backward(grads: Tensors, given: Arguments, _: bool) -> Gradients:
    x, threshold, settings = given.inputs[0], given.states[0], given.settings
    if not _runs_kernel(x):
        slopes = _plain_spikes.complex_slopes(given.inputs, threshold, settings)
        return [slope * grads[0] for slope in slopes], []
    real, imag = map(rows, given.inputs)
    to_parts = training.complex_spike_backward(
        real,
        imag,
        _level(threshold, x),
        rows(grads[0]),
        _surrogate(settings),
        graded=settings.graded,
    )
    return tensors(to_parts, x.shape), []


SPIKE = Operator(
    "spike",
    inputs=("voltage",),
    parameters=(),
    states=("threshold",),
    outputs=("spikes",),
    learned=0,
    forward=_spike,
    backward=_spike_backward,
    settings=SpikeSettings,
)
COMPLEX_SPIKE = Operator(
    "complex_spike",
    inputs=("real", "imag"),
    parameters=(),
    states=("threshold", "imag_state"),
    outputs=("spikes",),
    learned=0,
    forward=_complex_spike,
    backward=_complex_spike_backward,
    settings=SpikeSettings,
)
