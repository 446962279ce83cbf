"""Sigma, Delta, and the sigma-delta neuron around an activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    Outputs,
    Settings,
    allocate,
    check_channels,
    check_input,
    check_scale,
    check_surrogate,
    launch,
)

Activation: TypeAlias = Literal["identity", "relu"]
_ACTIVATIONS: tuple[Activation, ...] = ("identity", "relu")


@dataclass(frozen=True)
class DeltaRule:
    """What Delta sends: changes of at least `threshold`, floored to 1 / `scale`.

    `threshold` holds one value or one per channel. `tau` and `surrogate_scale` shape
    the threshold's gradient; `cumulative` judges the sum of changes instead of each.
    """

    threshold: Floats
    scale: float
    tau: float = 1.0
    surrogate_scale: float = 1.0
    cumulative: bool = False

    def settings(self, simd: str = "", *, rectified: bool = False) -> Settings:
        """As the kernels take them."""
        return Settings(
            scale=check_scale(self.scale),
            tau=check_surrogate(self.tau),
            surrogate_scale=self.surrogate_scale,
            cumulative=self.cumulative,
            rectified=rectified,
            simd=simd,
        )


_DELTA_STATES = ("pre_state", "residual_state", "error_state")
_SIGMA_DELTA_STATES = ("sigma_state", *_DELTA_STATES)


def sigma(
    x: Floats,
    state: Floats,
    *,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats | None]:
    """Running sum over time, in double, plus the state; and its last value."""
    shape = check_input("x", x)
    outputs = allocate(["sum"], out, [True], shape)
    ends = allocate(["state"], last, [True], shape[:-1])
    launch(
        "sigma",
        shape,
        {"x": x},
        outputs,
        states={"state": state},
        last=ends,
        settings=Settings(simd=simd),
    )
    return outputs[0], ends[0]


def sigma_backward(
    grad: Floats, *, out: Outputs = None, simd: str = ""
) -> Floats | None:
    """Running sum from the last step backward."""
    shape = check_input("grad", grad)
    outputs = allocate(["grad_x"], out, [True], shape)
    launch(
        "sigma_backward", shape, {"grad": grad}, outputs, settings=Settings(simd=simd)
    )
    return outputs[0]


def delta(
    x: Floats,
    states: Sequence[Floats],
    rule: DeltaRule,
    *,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, list[Floats | None]]:
    """Sends a change once it reaches the threshold, and keeps what it did not send.

    Args:
        x: float32 (N, C, S, T).
        states: last input, residual and accumulated error, (N, C, S) or one value each.
        rule: threshold and scale.
        out: one array for what is sent; `last`: three for the states.
        last: see `out`.
        simd: an instruction set to force.

    Returns:
        What is sent, and the last states.
    """
    shape = check_input("x", x)
    outputs = allocate(["y"], out, [True], shape)
    ends = allocate(_DELTA_STATES, last, [True] * 3, shape[:-1])
    launch(
        "delta",
        shape,
        {"x": x},
        outputs,
        decays=[check_channels("threshold", rule.threshold, shape[1])],
        states=dict(zip(_DELTA_STATES, states, strict=True)),
        last=ends,
        settings=rule.settings(simd),
    )
    return outputs[0], ends


def delta_backward(
    x: Floats,
    states: Sequence[Floats],
    grad: Floats,
    rule: DeltaRule,
    *,
    out: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats]:
    """Gradients of x (the difference of gradients) and of the threshold."""
    shape = check_input("x", x)
    outputs = allocate(["grad_x"], out, [True], shape)
    threshold = check_channels("threshold", rule.threshold, shape[1])
    sums = np.zeros_like(threshold)
    launch(
        "delta_backward",
        shape,
        {"x": x, "grad": grad},
        outputs,
        decays=[threshold],
        states=dict(zip(_DELTA_STATES, states, strict=True)),
        decay_gradients=[sums],
        settings=rule.settings(simd),
    )
    return outputs[0], sums


def sigma_delta(
    x: Floats,
    bias: Floats,
    states: Sequence[Floats],
    rule: DeltaRule,
    *,
    activation: Activation = "relu",
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, list[Floats | None]]:
    """Sigma, bias, activation and Delta in one pass.

    Args:
        x: float32 (N, C, S, T).
        bias: one value or one per channel, added before the activation.
        states: Sigma's sum, then Delta's three.
        rule: Delta's threshold and scale.
        activation: "relu" or "identity".
        out: one array for what is sent; `last`: four for the states.
        last: see `out`.
        simd: an instruction set to force.

    Returns:
        What is sent, and the last states.
    """
    shape = check_input("x", x)
    outputs = allocate(["y"], out, [True], shape)
    ends = allocate(_SIGMA_DELTA_STATES, last, [True] * 4, shape[:-1])
    launch(
        "sigma_delta",
        shape,
        {"x": x},
        outputs,
        decays=_channels(rule, bias, shape[1]),
        states=dict(zip(_SIGMA_DELTA_STATES, states, strict=True)),
        last=ends,
        settings=sigma_delta_settings(rule, activation, simd),
    )
    return outputs[0], ends


def sigma_delta_backward(
    x: Floats,
    bias: Floats,
    states: Sequence[Floats],
    grad: Floats,
    rule: DeltaRule,
    *,
    activation: Activation = "relu",
    out: Outputs = None,
    simd: str = "",
) -> tuple[Floats | None, Floats, Floats]:
    """Gradients of x, of the threshold and of the bias."""
    shape = check_input("x", x)
    outputs = allocate(["grad_x"], out, [True], shape)
    factors = _channels(rule, bias, shape[1])
    sums = [np.zeros_like(factor) for factor in factors]
    launch(
        "sigma_delta_backward",
        shape,
        {"x": x, "grad": grad},
        outputs,
        decays=factors,
        states=dict(zip(_SIGMA_DELTA_STATES, states, strict=True)),
        decay_gradients=sums,
        settings=sigma_delta_settings(rule, activation, simd),
    )
    return outputs[0], sums[0], sums[1]


def _channels(rule: DeltaRule, bias: Floats, channels: int) -> list[Floats]:
    return [
        check_channels("threshold", rule.threshold, channels),
        check_channels("bias", bias, channels),
    ]


def sigma_delta_settings(
    rule: DeltaRule, activation: Activation, simd: str = ""
) -> Settings:
    """The scalars of a sigma-delta neuron's call, checked."""
    if activation not in _ACTIVATIONS:
        raise ValueError(
            f"activation is {activation!r}, needs 'relu' or 'identity'; apply "
            "any other between sigma and delta."
        )
    return rule.settings(simd, rectified=activation == "relu")
