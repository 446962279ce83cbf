"""Delay and FIR filter along time."""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    Outputs,
    Settings,
    allocate,
    check_channels,
    check_input,
    launch,
)


def delay(
    x: Floats,
    delay: Floats,
    *,
    sampling_time: float = 1.0,
    out: Outputs = None,
    simd: str = "",
) -> Floats | None:
    """y[t] = x[t - d] with d = trunc(delay / sampling_time), zero outside.

    Args:
        x: float32 (N, C, S, T).
        delay: one value or one per channel; negative ones advance. One per neuron: pass
            x as (N, C * S, 1, T).
        sampling_time: the unit of the delay.
        out: one array for y.
        simd: an instruction set to force.
    """
    shape = check_input("x", x)
    outputs = allocate(["y"], out, [True], shape)
    launch(
        "delay",
        shape,
        {"x": x},
        outputs,
        decays=[check_channels("delay", delay, shape[1])],
        settings=delay_settings(sampling_time, simd),
    )
    return outputs[0]


def delay_backward(
    grad: Floats,
    delay: Floats,
    *,
    x: Floats | None = None,
    sampling_time: float = 1.0,
    out: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats | None]:
    """Gradients of x and, where x is given, of the delay.

    The delay's is sum_t grad[t] (y[t-1] - y[t]) with y the delayed x and y[-1] = 0.
    """
    shape = check_input("grad", grad)
    outputs = allocate(["grad_x"], out, [True], shape)
    delays = check_channels("delay", delay, shape[1])
    sums = [np.zeros_like(delays)] if x is not None else []
    launch(
        "delay_backward",
        shape,
        {"grad": grad, "x": x},
        outputs,
        decays=[delays],
        decay_gradients=sums,
        settings=delay_settings(sampling_time, simd),
    )
    return outputs[0], sums[0] if sums else None


def fir(
    x: Floats,
    taps: Floats,
    *,
    sampling_time: float = 1.0,
    correlate: bool = False,
    out: Outputs = None,
    simd: str = "",
) -> Floats | None:
    """y[t] = sampling_time * sum_i taps[i] x[t - i], or x[t + i] where `correlate`.

    Each is the other's gradient with respect to x. Sums run in float32 in tap order.
    """
    shape = check_input("x", x)
    outputs = allocate(["y"], out, [True], shape)
    flat = np.ascontiguousarray(taps, dtype=np.float32).reshape(-1)
    launch(
        "fir",
        shape,
        {"x": x},
        outputs,
        taps=flat,
        settings=fir_settings(sampling_time, correlate, simd),
    )
    return outputs[0]


def delay_settings(sampling_time: float, simd: str = "") -> Settings:
    """The scalars of a delay's call, checked."""
    return Settings(sampling_time=_check_time(sampling_time), simd=simd)


def fir_settings(sampling_time: float, correlate: bool, simd: str = "") -> Settings:
    """The scalars of a filter's call, checked."""
    time = _check_time(sampling_time)
    return Settings(sampling_time=time, correlates=correlate, simd=simd)


def _check_time(sampling_time: float) -> float:
    if not 0 < sampling_time < float("inf"):
        raise ValueError(f"sampling_time is {sampling_time}, needs a positive number.")
    return float(sampling_time)
