"""The kernels of neurons' parts, shifts and sigma-delta as functions of arrays."""

from typing import NamedTuple

import numpy as np

from lava.lib.dl.core.training import (
    Settings,
    delta_settings,
    run,
    settings,
    shift_settings,
    spike_settings,
)


class DeltaRule(NamedTuple):
    threshold: np.ndarray
    scale: float
    tau: float = 1.0
    surrogate_scale: float = 1.0
    cumulative: bool = False

    def settings(self, activation="identity", simd=""):
        return delta_settings(*self[1:], activation == "relu", simd=simd)


def level(threshold):
    return -1.0 if threshold is None else threshold


def leaky_integrator(x, decay, state, *, scale, threshold=None, simd=""):
    found = run(
        "leaky_integrator",
        [x],
        settings("cuba", scale, level(threshold), simd=simd),
        parameters=[decay],
        states=[state],
        last=1,
    )
    return found.outputs[0], found.states[0]


def leaky_integrator_backward(grad, decay, *, output=None, simd=""):
    found = run(
        "leaky_integrator_backward",
        [grad, output],
        Settings(simd=simd),
        parameters=[decay],
        learned=int(output is not None),
    )
    return found.outputs[0], next(iter(found.gradients), None)


def resonator(real, imag, sin, cos, *states, scale, threshold=None, simd=""):
    found = run(
        "resonator",
        [real, imag],
        settings("rf_iz", scale, level(threshold), simd=simd),
        parameters=[sin, cos],
        states=states,
        outputs=2,
        last=2,
    )
    return found.outputs, found.states


def resonator_backward(
    grad_real, grad_imag, sin, cos, *, real=None, imag=None, simd=""
):
    found = run(
        "resonator_backward",
        [grad_real, grad_imag, real, imag],
        Settings(simd=simd),
        parameters=[sin, cos],
        outputs=2,
        learned=2 if real is not None else 0,
    )
    return found.outputs, found.gradients


def adaptive(kernel, inputs, decays, states, rule, simd=""):
    """Outputs and last states of a kernel; the rule is (rest, step, scale)."""
    rest, step, scale = rule
    count = 4 if kernel == "adaptive_resonator" else 2
    found = run(
        kernel,
        inputs,
        settings("alif", scale, rest, step, simd=simd),
        parameters=decays,
        states=states,
        outputs=count,
        last=count,
    )
    return found.outputs, found.states


def spikes(parts, threshold, *states, graded=False, scale=1.0, simd=""):
    """Those of one voltage, or of a real and an imaginary part."""
    plane = isinstance(threshold, np.ndarray)
    value, plane = (0.0, threshold) if plane else (threshold, None)
    numbers = spike_settings(value, scale, graded=graded, simd=simd)
    kernel = "spike" if len(parts) == 1 else "complex_spike"
    return run(kernel, [*parts, plane], numbers, states=states).outputs[0]


def spikes_backward(parts, threshold, grad, surrogate, graded=False, simd=""):
    plane = isinstance(threshold, np.ndarray)
    value, plane = (0.0, threshold) if plane else (threshold, None)
    width = surrogate.tau, surrogate.scale
    numbers = spike_settings(value, 1.0, *width, graded, simd=simd)
    kernel = "spike_backward" if len(parts) == 1 else "complex_spike_backward"
    return run(kernel, [*parts, plane, grad], numbers, outputs=len(parts)).outputs


def sigma(x, state, *, simd=""):
    found = run("sigma", [x], Settings(simd=simd), states=[state], last=1)
    return found.outputs[0], found.states[0]


def delta(x, states, rule, *, simd=""):
    numbers, parameters = rule.settings(simd=simd), [rule.threshold]
    found = run("delta", [x], numbers, parameters=parameters, states=states, last=3)
    return found.outputs[0], found.states


def delta_backward(x, states, grad, rule, *, simd=""):
    found = run(
        "delta_backward",
        [x, grad],
        rule.settings(simd=simd),
        parameters=[rule.threshold],
        states=states,
        learned=1,
    )
    return found.outputs[0], found.gradients[0]


def sigma_delta(x, bias, states, rule, *, activation="relu", simd=""):
    found = run(
        "sigma_delta",
        [x],
        rule.settings(activation, simd),
        parameters=[rule.threshold, bias],
        states=states,
        last=4,
    )
    return found.outputs[0], found.states


def sigma_delta_backward(x, bias, states, grad, rule, *, activation="relu", simd=""):
    found = run(
        "sigma_delta_backward",
        [x, grad],
        rule.settings(activation, simd),
        parameters=[rule.threshold, bias],
        states=states,
        learned=2,
    )
    return found.outputs[0], *found.gradients


def delay(x, delays, *, sampling_time=1.0, simd=""):
    numbers = shift_settings(sampling_time, simd=simd)
    return run("delay", [x], numbers, parameters=[delays]).outputs[0]


def delay_backward(grad, delays, *, x=None, sampling_time=1.0, simd=""):
    found = run(
        "delay_backward",
        [grad, x],
        shift_settings(sampling_time, simd=simd),
        parameters=[delays],
        learned=int(x is not None),
    )
    return found.outputs[0], next(iter(found.gradients), None)


def fir(x, taps, *, sampling_time=1.0, correlate=False, simd=""):
    taps = np.ascontiguousarray(taps, np.float32).reshape(-1)
    numbers = shift_settings(sampling_time, correlate, simd)
    return run("fir", [x], numbers, taps=taps).outputs[0]
