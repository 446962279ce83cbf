"""Quantised weights as an operator: rounded and limited in one pass."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.core import training

__all__ = ["quantise"]

Rule = tuple[float, float, float]


@torch.library.custom_op("lava_dl::quantise", mutates_args=())
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
    steps = training.Steps(step, low, high)
    return torch.from_numpy(training.quantise(_array(weight), steps))


@torch.library.custom_op("lava_dl::quantise_backward", mutates_args=())
def _pull(
    weight: torch.Tensor, grad: torch.Tensor, step: float, low: float, high: float
) -> torch.Tensor:
    steps = training.Steps(step, low, high)
    arrays = _array(weight), _array(grad)
    return torch.from_numpy(training.quantise_backward(*arrays, steps))


def _array(x: torch.Tensor) -> Any:
    return x.detach().contiguous().numpy()


@quantise.register_fake
def _(weight: torch.Tensor, step: float, low: float, high: float) -> torch.Tensor:
    return weight.new_empty(weight.shape)


@_pull.register_fake
def _(
    weight: torch.Tensor, grad: torch.Tensor, step: float, low: float, high: float
) -> torch.Tensor:
    return weight.new_empty(weight.shape)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
    weight, *ctx.rule = inputs
    ctx.save_for_backward(weight)


def _backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
    return _pull(ctx.saved_tensors[0], grad, *ctx.rule), None, None, None


quantise.register_autograd(_backward, setup_context=_remember)


def _each(operator: Any, tensors: int) -> Any:
    """The rule for ``vmap``: every value by itself, mapped axes first."""

    def rule(info: Any, axes: tuple[Any, ...], *args: Any) -> Any:
        first = [
            x.expand(info.batch_size, *x.shape) if axis is None else x.movedim(axis, 0)
            for x, axis in zip(args[:tensors], axes, strict=False)
        ]
        return operator(*first, *args[tensors:]), 0

    return rule


if hasattr(quantise, "register_vmap"):  # From torch 2.5 on.
    quantise.register_vmap(_each(quantise, 1))
    _pull.register_vmap(_each(_pull, 2))
