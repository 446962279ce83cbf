"""Quantised weights as an operator: rounded and limited in one pass."""

from __future__ import annotations

from typing import NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._launch import launch, runs_on
from lava.lib.dl.slayer.ops._operator import Tensors, by_values


class StepSettings(NamedTuple):
    """Values that weights are rounded to.

    Attributes:
        step: distance of two neighbouring values.
        low: the lowest value.
        high: the highest value.
    """

    step: float = 1.0
    low: float = -1.0
    high: float = 1.0


_NO_SETTINGS = training.Settings()


def _quantise(tensors: Tensors, numbers: StepSettings) -> Tensors:
    (weight,) = tensors
    place = runs_on(weight)
    if place == "cuda":
        return _on_gpu("quantise", tensors, numbers)
    if not place:
        return [_rounded(weight, numbers.step).clamp(numbers.low, numbers.high)]
    return [training.quantise(weight, *numbers)]


def _quantise_backward(tensors: Tensors, numbers: StepSettings) -> Tensors:
    weight, grad = tensors
    place = runs_on(weight)
    if place == "cuda":
        return _on_gpu("quantise_backward", tensors, numbers)
    if not place:
        rounded = _rounded(weight, numbers.step)
        within = (rounded >= numbers.low) & (rounded <= numbers.high)
        return [torch.where(within, grad, torch.zeros_like(grad))]
    return [training.quantise_backward(weight, grad, *numbers)]


def _on_gpu(kernel: str, tensors: Tensors, numbers: StepSettings) -> Tensors:
    values = [t.reshape(-1, 1) for t in tensors]  # A thread each, as rows of a step.
    (result,) = launch(kernel, values, _NO_SETTINGS, rule=numbers)
    return [result.reshape(tensors[0].shape)]


def _rounded(weight: torch.Tensor, step: float) -> torch.Tensor:
    width = weight.new_full((), step)  # A GPU divides by a number less exactly.
    return torch.round(weight / width) * width


QUANTISE = by_values("quantise", _quantise, _quantise_backward, StepSettings)
"""Rounds weights to a step and limits them; gradients pass."""


def quantise(
    weight: torch.Tensor, step: float, low: float, high: float
) -> torch.Tensor:
    """round(weight / step) step, half to even, limited to low and high.

    Args:
        weight: floats of any shape; its gradient is 0 outside the limits.
        step: distance of two neighbouring values.
        low: the lowest value.
        high: the highest value.
    """
    return QUANTISE((weight,), StepSettings(step, low, high))[0]
