"""Sigma, delta and the sigma-delta neuron as operators."""

from __future__ import annotations

import numpy as np
import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain_sigma_delta as plain
from lava.lib.dl.slayer._fixed_point import sum_to_decay
from lava.lib.dl.slayer._settings import DeltaSettings, Numbers
from lava.lib.dl.slayer.ops._arrays import (
    Floats,
    compiled,
    parameter_gradients,
    rows,
    states,
    tensors,
    values,
)
from lava.lib.dl.slayer.ops._gpu import launch, on_gpu
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

Gradients = tuple[Tensors, Tensors]


def _rule(threshold: Floats, settings: DeltaSettings) -> training.DeltaRule:
    return training.DeltaRule(
        threshold,
        settings.scale,
        settings.tau,
        settings.surrogate_scale,
        settings.cumulative,
    )


def _delta_numbers(settings: DeltaSettings) -> training.Settings:
    return _rule(np.zeros(0, np.float32), settings).settings()


def _numbers(settings: DeltaSettings) -> training.Settings:
    rule = _rule(np.zeros(0, np.float32), settings)
    activation: training.Activation = "relu" if settings.rectified else "identity"
    return training.sigma_delta_settings(rule, activation)


def _gpu_forward(
    kernel: str, given: Arguments, settings: training.Settings, planes: int
) -> Tensors:
    written = launch(
        kernel,
        given.inputs,
        settings,
        parameters=given.parameters,
        states=given.states,
        out=[True] + [False] * (planes - 1),
        ends=len(given.states),
    )
    return [*written.outputs, *written.states]


def _gpu_backward(
    kernel: str,
    grad: torch.Tensor,
    given: Arguments,
    settings: training.Settings,
    planes: int,
) -> Gradients:
    written = launch(
        f"{kernel}_backward",
        [*given.inputs, grad],
        settings,
        parameters=given.parameters,
        states=given.states,
        learned=len(given.parameters),
        scratch=planes,
    )
    return written.outputs, written.sums


def _sigma(given: Arguments) -> Tensors:
    x = given.inputs[0]
    if on_gpu(x):
        return _gpu_forward("sigma", given, training.Settings(), 1)
    if not compiled(x):
        return plain.sigma(x, given.states[0])
    total, last = training.sigma(rows(x), *states(given.states, x))
    return [*tensors([total], x.shape), *tensors([last], x.shape[:-1])]


def _sigma_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    (grad,) = grads
    if on_gpu(grad):
        return launch("sigma_backward", [grad], training.Settings()).outputs, []
    if not compiled(grad):
        return [plain.sigma_backward(grad)], []
    return tensors([training.sigma_backward(rows(grad))], grad.shape), []


def _delta(given: Arguments) -> Tensors:
    x, settings = given.inputs[0], given.settings
    if on_gpu(x):
        return _gpu_forward("delta", given, _delta_numbers(settings), 2)
    if not compiled(x):
        y, last = plain.delta(x, given.parameters[0], given.states, settings)
        return [y, *last]
    rule = _rule(values(given.parameters)[0], settings)
    sent, ends = training.delta(rows(x), states(given.states, x), rule)
    return [*tensors([sent], x.shape), *tensors(ends, x.shape[:-1])]


def _delta_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    x, (threshold,), settings = given.inputs[0], given.parameters, given.settings
    if on_gpu(x):
        return _gpu_backward("delta", grads[0], given, _delta_numbers(settings), 2)
    if not compiled(x):
        to_x, sums = plain.delta_backward(
            grads[0], x, threshold, given.states, settings
        )
        return [to_x], [sums]
    rule = _rule(values([threshold])[0], settings)
    start = states(given.states, x)
    outputs, total = training.delta_backward(rows(x), start, rows(grads[0]), rule)
    return tensors([outputs], x.shape), parameter_gradients([total], [threshold])


def _active(given: Arguments, total: torch.Tensor) -> torch.Tensor:
    bias = given.parameters[1]
    biased = total + bias.reshape(-1, *[1] * (total.ndim - 2))
    return biased.relu() if given.settings.rectified else biased


def _sigma_delta(given: Arguments) -> Tensors:
    x, settings = given.inputs[0], given.settings
    threshold, bias = given.parameters
    if on_gpu(x):
        return _gpu_forward("sigma_delta", given, _numbers(settings), 3)
    if not compiled(x):
        total, end = plain.sigma(x, given.states[0])
        active = _active(given, total)
        y, last = plain.delta(active, threshold, given.states[1:], settings)
        return [y, end, *last]
    sent, ends = training.sigma_delta(
        rows(x),
        values([bias])[0],
        states(given.states, x),
        _rule(values([threshold])[0], settings),
        activation="relu" if settings.rectified else "identity",
    )
    return [*tensors([sent], x.shape), *tensors(ends, x.shape[:-1])]


def _sigma_delta_backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
    x, settings = given.inputs[0], given.settings
    threshold, bias = given.parameters
    if on_gpu(x):
        return _gpu_backward("sigma_delta", grads[0], given, _numbers(settings), 3)
    if not compiled(x):
        return _plain_sigma_delta_backward(grads[0], given)
    outputs, to_threshold, to_bias = training.sigma_delta_backward(
        rows(x),
        values([bias])[0],
        states(given.states, x),
        rows(grads[0]),
        _rule(values([threshold])[0], settings),
        activation="relu" if settings.rectified else "identity",
    )
    sums = parameter_gradients([to_threshold, to_bias], given.parameters)
    return tensors([outputs], x.shape), sums


def _plain_sigma_delta_backward(grad: torch.Tensor, given: Arguments) -> Gradients:
    threshold, bias = given.parameters
    total, _ = plain.sigma(given.inputs[0], given.states[0])
    active = _active(given, total)
    to_active, to_threshold = plain.delta_backward(
        grad, active, threshold, given.states[1:], given.settings
    )
    if given.settings.rectified:
        to_active = to_active * (active > 0)
    to_bias = sum_to_decay(to_active, bias)
    return [plain.sigma_backward(to_active)], [to_threshold, to_bias]


_DELTA_STATES = ("pre_state", "residual_state", "error_state")

SIGMA = Operator(
    "sigma",
    inputs=("input",),
    parameters=(),
    states=("state",),
    outputs=("output",),
    learned=0,
    forward=_sigma,
    backward=_sigma_backward,
    gives_states=True,
    settings=Numbers,
)
DELTA = Operator(
    "delta",
    inputs=("input",),
    parameters=("threshold",),
    states=_DELTA_STATES,
    outputs=("output",),
    learned=1,
    forward=_delta,
    backward=_delta_backward,
    gives_states=True,
    settings=DeltaSettings,
)
SIGMA_DELTA = Operator(
    "sigma_delta",
    inputs=("input",),
    parameters=("threshold", "bias"),
    states=("sigma_state", *_DELTA_STATES),
    outputs=("output",),
    learned=2,
    forward=_sigma_delta,
    backward=_sigma_delta_backward,
    gives_states=True,
    settings=DeltaSettings,
)
