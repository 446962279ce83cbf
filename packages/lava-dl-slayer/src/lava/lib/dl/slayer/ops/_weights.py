"""Quantised weights as an operator: rounded and limited in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._settings import Numbers
from lava.lib.dl.slayer.ops._arrays import array
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

__all__ = ["QUANTISE", "quantise"]


@dataclass(frozen=True)
class StepSettings(Numbers):
    """Values that weights are rounded to.

    Attributes:
        step: distance of two neighbouring values.
        low: the lowest value.
        high: the highest value.
    """

    step: float = 1.0
    low: float = -1.0
    high: float = 1.0


def _quantise(given: Arguments) -> Tensors:
    steps = training.Steps(*given.settings.values())
    return [torch.from_numpy(training.quantise(array(given.inputs[0]), steps))]


def _quantise_backward(
    grads: Tensors, given: Arguments, _: bool
) -> tuple[Tensors, Tensors]:
    steps = training.Steps(*given.settings.values())
    arrays = array(given.inputs[0]), array(grads[0])
    return [torch.from_numpy(training.quantise_backward(*arrays, steps))], []


QUANTISE = Operator(
    "quantise",
    inputs=("weight",),
    parameters=(),
    states=(),
    outputs=("quantised",),
    learned=0,
    forward=_quantise,
    backward=_quantise_backward,
    settings=StepSettings,
)


def quantise(
    weight: torch.Tensor, step: float, low: float, high: float
) -> torch.Tensor:
    """round(weight / step) step, half to even, limited to low and high.

    Args:
        weight: float32 of any shape, on the CPU; its gradient is 0 outside the limits.
        step: distance of two neighbouring values.
        low: the lowest value.
        high: the highest value.
    """
    return QUANTISE([weight], [], [], StepSettings(step, low, high))[0]
