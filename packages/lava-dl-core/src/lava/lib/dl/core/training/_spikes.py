"""Spike functions and their surrogate derivatives, for given voltages."""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    Outputs,
    Settings,
    allocate,
    check_input,
    check_scale,
    check_surrogate,
    launch,
)
from lava.lib.dl.core.training._neurons import Surrogate


def spike(
    voltage: Floats,
    threshold: float | Floats,
    *,
    graded: bool = False,
    scale: float = 1.0,
    out: Outputs = None,
    simd: str = "",
) -> Floats | None:
    """1 (or voltage / scale where graded) where voltage >= threshold, else 0.

    Args:
        voltage: float32 (N, C, S, T).
        threshold: a number, rounded to float32, or an array like the voltage.
        graded: send the voltage instead of 1.
        scale: what graded spikes are divided by.
        out: one array for the spikes.
        simd: an instruction set to force.
    """
    shape = check_input("voltage", voltage)
    level, each = _split(threshold)
    outputs = allocate(["spikes"], out, [True], shape)
    launch(
        "spike",
        shape,
        {"voltage": voltage, "threshold": each},
        outputs,
        settings=_settings(scale, level, graded, simd),
    )
    return outputs[0]


def spike_backward(
    voltage: Floats,
    threshold: float | Floats,
    grad: Floats,
    surrogate: Surrogate,
    *,
    graded: bool = False,
    out: Outputs = None,
    simd: str = "",
) -> Floats | None:
    """The spikes' gradient times the surrogate derivative at the voltage."""
    shape = check_input("voltage", voltage)
    level, each = _split(threshold)
    outputs = allocate(["grad_voltage"], out, [True], shape)
    launch(
        "spike_backward",
        shape,
        {"voltage": voltage, "threshold": each, "grad": grad},
        outputs,
        settings=_with_surrogate(level, surrogate, graded, simd),
    )
    return outputs[0]


def complex_spike(
    real: Floats,
    imag: Floats,
    threshold: float | Floats,
    imag_state: Floats,
    *,
    graded: bool = False,
    scale: float = 1.0,
    out: Outputs = None,
    simd: str = "",
) -> Floats | None:
    """Spikes where imag crosses zero upward while real >= threshold.

    `imag_state` (N, C, S), or one value, is imag before the first step. A graded spike
    is real / scale. Other arguments as `spike`'s.
    """
    shape = check_input("real", real)
    level, each = _split(threshold)
    outputs = allocate(["spikes"], out, [True], shape)
    launch(
        "complex_spike",
        shape,
        {"real": real, "imag": imag, "threshold": each},
        outputs,
        states={"imag_state": imag_state},
        settings=_settings(scale, level, graded, simd),
    )
    return outputs[0]


def complex_spike_backward(
    real: Floats,
    imag: Floats,
    threshold: float | Floats,
    grad: Floats,
    surrogate: Surrogate,
    *,
    graded: bool = False,
    out: Outputs = None,
    simd: str = "",
) -> list[Floats | None]:
    """Gradients of real and imag under the phase-crossing surrogate."""
    shape = check_input("real", real)
    level, each = _split(threshold)
    outputs = allocate(["grad_real", "grad_imag"], out, [True] * 2, shape)
    launch(
        "complex_spike_backward",
        shape,
        {"real": real, "imag": imag, "threshold": each, "grad": grad},
        outputs,
        settings=_with_surrogate(level, surrogate, graded, simd),
    )
    return outputs


def _split(threshold: float | Floats) -> tuple[float, Floats | None]:
    if isinstance(threshold, np.ndarray):
        return 0.0, threshold
    return float(threshold), None


def _settings(scale: float, threshold: float, graded: bool, simd: str) -> Settings:
    check_scale(scale)
    return Settings(scale=scale, threshold=threshold, graded=graded, simd=simd)


def _with_surrogate(
    threshold: float, surrogate: Surrogate, graded: bool, simd: str
) -> Settings:
    return Settings(
        threshold=threshold,
        tau=check_surrogate(surrogate.tau),
        surrogate_scale=surrogate.scale,
        graded=graded,
        simd=simd,
    )
