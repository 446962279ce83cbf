"""The spike functions as operators. A threshold has one value or one for each step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import spikes as plain
from lava.lib.dl.slayer._settings import SpikeSettings
from lava.lib.dl.slayer.ops._launch import compiled, launch
from lava.lib.dl.slayer.ops._operator import Operator, Tensors, like_first

# The kernels of both are the CPU's alone.


def _level(
    threshold: torch.Tensor, x: torch.Tensor
) -> tuple[float, torch.Tensor | None]:
    """The threshold as a number, or as a plane."""
    if threshold.numel() == 1:
        return threshold.item(), None
    return 0.0, threshold.expand(x.shape)


def _forward(parts: int, tensors: Tensors, numbers: SpikeSettings) -> Tensors:
    inputs, threshold, states = tensors[:parts], tensors[parts], tensors[parts + 1 :]
    x = inputs[0]
    if not _has_kernel(x, numbers):
        return [plain.spikes(tensors, numbers)]
    level, plane = _level(threshold, x)
    settings = training.spike_settings(level, numbers.scale, graded=numbers.graded)
    return launch(
        "spike" if parts == 1 else "complex_spike",
        [*inputs, plane],
        settings,
        states=states,
    )


def _backward(parts: int, tensors: Tensors, numbers: SpikeSettings) -> Tensors:
    grad, inputs, threshold = tensors[0], tensors[1 : parts + 1], tensors[parts + 1]
    if not _has_kernel(grad, numbers):
        return [slope * grad for slope in plain.slopes(tensors[1:], numbers)]
    level, plane = _level(threshold, grad)
    slope: Any = numbers.slope
    settings = training.spike_settings(level, 1.0, *slope)
    return launch(
        "spike_backward" if parts == 1 else "complex_spike_backward",
        [*inputs, plane, grad],
        settings,
        outputs=parts,
    )


def _has_kernel(x: torch.Tensor, numbers: SpikeSettings) -> bool:
    return compiled(x) and x.ndim > 0 and not callable(numbers.surrogate)


def _spike(name: str, inputs: tuple[str, ...], states: tuple[str, ...]) -> Operator:
    parts = len(inputs)
    tensor_names = (*inputs, "threshold", *states)

    def fake_gradients(tensors: Tensors, _: SpikeSettings) -> Tensors:
        return [tensors[0].new_empty(tensors[0].shape) for _ in inputs]

    def gradient(
        grads: Tensors, saved: Tensors, numbers: SpikeSettings, _: Sequence[bool]
    ) -> Tensors:
        return backward((*grads, *saved[: parts + 1]), numbers)

    backward = Operator(
        f"{name}_backward",
        ("grad_spikes", *inputs, "threshold"),
        partial(_backward, parts),
        fake_gradients,
        SpikeSettings,
        parts,
    )
    forward = partial(_forward, parts)
    return Operator(
        name, tensor_names, forward, like_first, SpikeSettings, gradient=gradient
    )


SPIKE = _spike("spike", ("voltage",), ())
"""1 where a voltage reaches the threshold, with the surrogate derivative."""
COMPLEX_SPIKE = _spike("complex_spike", ("real", "imag"), ("imag_state",))
"""1 where the imaginary part crosses 0 upwards, the real part being at or above the
threshold, with the surrogate derivative."""
