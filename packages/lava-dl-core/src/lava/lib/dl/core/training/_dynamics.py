"""The dynamics one by one: integrators, resonators and adaptive thresholds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import (
    Floats,
    Outputs,
    Settings,
    allocate,
    check_decays,
    check_input,
    check_scale,
    launch,
)


class ThresholdScale(NamedTuple):
    """Resting threshold and its step at a spike in real units, and the state scale."""

    rest: float
    step: float
    scale: float


def leaky_integrator(
    x: Floats,
    decay: Floats,
    state: Floats,
    *,
    scale: float,
    threshold: float | None = None,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats | None]:
    """Integrates x with a leak: y[t] = trunc(y[t-1] (4096 - decay) / 4096) + x[t].

    Args:
        x: float32 (N, C, S, T).
        decay: 4096 times the decay, one value or one per channel.
        state: float32 (N, C, S) or one value; where y starts.
        scale: integers per unit of x and y.
        threshold: y at or above it starts the next step at 0; None or <= 0: never.
        out: one array for y; `last`: one for the last state after its reset.
        last: see `out`.
        simd: an instruction set to force.

    Returns:
        y before its reset (N, C, S, T), and the last state.
    """
    shape = check_input("x", x)
    outputs = allocate(["y"], out, [True], shape)
    ends = allocate(["state"], last, [True], shape[:-1])
    launch(
        "leaky_integrator",
        shape,
        {"x": x},
        outputs,
        decays=check_decays(["leak"], [decay], shape[1]),
        states={"state": state},
        last=ends,
        settings=integrator_settings(scale, threshold, simd),
    )
    return outputs[0], ends[0]


def integrator_settings(
    scale: float, threshold: float | None, simd: str = ""
) -> Settings:
    """The scalars of a leaky integrator's call, checked."""
    return _reset_settings("cuba", scale, threshold, simd)


def leaky_integrator_backward(
    grad: Floats,
    decay: Floats,
    *,
    output: Floats | None = None,
    out: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats | None]:
    """Gradients of x and, where the forward's `output` is given, of the decay.

    The decay's is per unit of the value passed (4096 times the decay); a reset passes
    gradients as if it had not happened.
    """
    shape = check_input("grad", grad)
    outputs = allocate(["grad_x"], out, [True], shape)
    factors = check_decays(["leak"], [decay], shape[1])
    sums = [np.zeros_like(factors[0])] if output is not None else []
    launch(
        "leaky_integrator_backward",
        shape,
        {"grad": grad, "output": output},
        outputs,
        decays=factors,
        decay_gradients=sums,
        settings=Settings(simd=simd),
    )
    return outputs[0], sums[0] / np.float32(4096) if sums else None


def resonator(
    real_input: Floats,
    imag_input: Floats,
    sin_decay: Floats,
    cos_decay: Floats,
    real_state: Floats,
    imag_state: Floats,
    *,
    scale: float,
    threshold: float | None = None,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[list[Floats | None], list[Floats | None]]:
    """Rotates and decays (real, imag) each step and adds the inputs.

    Where imag reaches the threshold the next step starts at (0, threshold - 1/scale);
    None or a negative threshold: never. Arguments as `leaky_integrator`'s.

    Returns:
        [real, imag] before the reset, and the last [real, imag] after it.
    """
    shape = check_input("real_input", real_input)
    outputs = allocate(["real", "imag"], out, [True] * 2, shape)
    ends = allocate(["real", "imag"], last, [True] * 2, shape[:-1])
    launch(
        "resonator",
        shape,
        {"real_input": real_input, "imag_input": imag_input},
        outputs,
        decays=check_decays(["sin", "cos"], [sin_decay, cos_decay], shape[1]),
        states={"real_state": real_state, "imag_state": imag_state},
        last=ends,
        settings=resonator_settings(scale, threshold, simd),
    )
    return outputs, ends


def resonator_settings(
    scale: float, threshold: float | None, simd: str = ""
) -> Settings:
    """The scalars of a resonator's call, checked."""
    return _reset_settings("rf_iz", scale, threshold, simd)


def _reset_settings(
    neuron: str, scale: float, threshold: float | None, simd: str
) -> Settings:
    """Those of a part that resets as the neuron does, or never."""
    check_scale(scale)
    if threshold is None:
        return Settings(scale=scale, simd=simd)
    levels = _training.neuron_levels(neuron, threshold, 0.0, scale)
    return Settings(scale=scale, simd=simd, **levels)


def resonator_backward(
    grad_real: Floats,
    grad_imag: Floats,
    sin_decay: Floats,
    cos_decay: Floats,
    *,
    real: Floats | None = None,
    imag: Floats | None = None,
    out: Outputs = None,
    simd: str = "",
) -> tuple[list[Floats | None], list[Floats]]:
    """Gradients of both inputs and, where real and imag are given, of sin and cos."""
    shape = check_input("grad_real", grad_real)
    outputs = allocate(["grad_real_input", "grad_imag_input"], out, [True] * 2, shape)
    factors = check_decays(["sin", "cos"], [sin_decay, cos_decay], shape[1])
    wanted = real is not None and imag is not None
    sums = [np.zeros_like(factor) for factor in factors] if wanted else []
    launch(
        "resonator_backward",
        shape,
        {"grad_real": grad_real, "grad_imag": grad_imag, "real": real, "imag": imag},
        outputs,
        decays=factors,
        decay_gradients=sums,
        settings=Settings(simd=simd),
    )
    return outputs, [each / np.float32(4096) for each in sums]


def adaptive_threshold(
    x: Floats,
    refractory_state: Floats,
    refractory_decay: Floats,
    threshold_state: Floats,
    threshold_decay: Floats,
    rule: ThresholdScale,
    *,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[list[Floats | None], list[Floats | None]]:
    """Threshold and refractory state under a membrane x.

    Returns:
        [threshold, refractory] of each step, and the last [refractory, threshold].
    """
    return _adaptive(
        "adaptive_threshold",
        {"x": x},
        {"refractory_state": refractory_state, "threshold_state": threshold_state},
        [refractory_decay, threshold_decay],
        rule,
        (out, last, simd),
    )


def adaptive_phase_threshold(
    real_input: Floats,
    imag_input: Floats,
    imag_state: Floats,
    refractory_state: Floats,
    refractory_decay: Floats,
    threshold_state: Floats,
    threshold_decay: Floats,
    rule: ThresholdScale,
    *,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[list[Floats | None], list[Floats | None]]:
    """As `adaptive_threshold`, fired where imag crosses zero upward, real above."""
    return _adaptive(
        "adaptive_phase_threshold",
        {"real_input": real_input, "imag_input": imag_input},
        {
            "refractory_state": refractory_state,
            "threshold_state": threshold_state,
            "imag_state": imag_state,
        },
        [refractory_decay, threshold_decay],
        rule,
        (out, last, simd),
    )


def _adaptive(
    name: str,
    inputs: dict[str, Floats],
    states: dict[str, Floats],
    decays: list[Floats],
    rule: ThresholdScale,
    options: tuple[Outputs, Outputs, str],
) -> tuple[list[Floats | None], list[Floats | None]]:
    out, last, simd = options
    shape = check_input(*next(iter(inputs.items())))
    outputs = allocate(["threshold", "refractory"], out, [True] * 2, shape)
    ends = allocate(["refractory", "threshold"], last, [True] * 2, shape[:-1])
    launch(
        name,
        shape,
        inputs,
        outputs,
        decays=check_decays(["refractory", "threshold"], decays, shape[1]),
        states=states,
        last=ends,
        settings=adaptive_settings(rule, simd),
    )
    return outputs, ends


def adaptive_settings(rule: ThresholdScale, simd: str = "") -> Settings:
    """The scalars of an adaptive threshold's call, checked."""
    check_scale(rule.scale)
    levels = _training.neuron_levels("alif", rule.rest, rule.step, rule.scale)
    return Settings(scale=rule.scale, simd=simd, **levels)


def adaptive_resonator(
    inputs: tuple[Floats, Floats],
    decays: tuple[Floats, Floats, Floats, Floats],
    states: tuple[Floats, Floats, Floats, Floats],
    rule: ThresholdScale,
    *,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[list[Floats | None], list[Floats | None]]:
    """A resonator without reset whose imag drives an adaptive threshold.

    Args:
        inputs: real and imaginary, float32 (N, C, S, T).
        decays: sin, cos, refractory, threshold.
        states: real, imag, refractory, threshold.
        rule: the threshold's numbers.
        out: arrays for the four outputs; `last`: for the four states.
        last: see `out`.
        simd: an instruction set to force.

    Returns:
        [real, imag, threshold, refractory], and the last states in the order given.
        The backward is `resonator_backward`.
    """
    shape = check_input("real_input", inputs[0])
    names = ["real", "imag", "threshold", "refractory"]
    ends = ["real", "imag", "refractory", "threshold"]
    outputs = allocate(names, out, [True] * 4, shape)
    lasts = allocate(ends, last, [True] * 4, shape[:-1])
    decay_names = ["sin", "cos", "refractory", "threshold"]
    launch(
        "adaptive_resonator",
        shape,
        {"real_input": inputs[0], "imag_input": inputs[1]},
        outputs,
        decays=check_decays(decay_names, decays, shape[1]),
        states=dict(zip(ends, states, strict=True)),
        last=lasts,
        settings=adaptive_settings(rule, simd),
    )
    return outputs, lasts
