"""Neurons and their parts as one kind of thing, checked before they run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.ops._arrays import compiled
from lava.lib.dl.slayer.ops._gpu import on_gpu
from lava.lib.dl.slayer.ops._operator import Operator, Tensors


@dataclass(frozen=True)
class Dynamics:
    """An operator with the plain recurrence that is its exact derivative.

    Attributes:
        operator: the operator.
        plain: the recurrence, which autograd can differentiate.
        exact: whether the operator's kernels have the exact gradient.
    """

    operator: Operator
    plain: Callable[[Tensors, Tensors, Tensors, Settings], Tensors]
    exact: bool = False


def apply(
    dynamics: Dynamics,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
) -> list[torch.Tensor]:
    """Outputs of a neuron or of one of its parts.

    Args:
        dynamics: which.
        inputs: tensors (N, C, ..., T), floating point.
        parameters: decays times 4096, one value or one per channel.
        states: tensors (N, C, ...) or of one value.
        settings: its numbers.

    Returns:
        Float32 outputs shaped as the inputs; whole neurons give their last states after
        the spikes.

    Raises:
        TypeError: if an input is not floating point.
        ValueError: if shapes don't fit, a decay has neither one value nor one per
            channel, or tensors are on several devices.
    """
    _check(inputs, parameters)
    _check_devices(inputs[0], (*inputs, *parameters, *states))
    shape = inputs[0].shape[:-1]
    inputs = [x.float() for x in inputs]
    parameters = [p.float() for p in parameters]
    states = [_spread(s, shape) for s in states]
    kernel = compiled(inputs[0]) or on_gpu(inputs[0])
    if settings.exact and not (dynamics.exact and kernel):
        return list(dynamics.plain(inputs, parameters, states, settings))
    return dynamics.operator(inputs, parameters, states, settings)


def _spread(state: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    state = state.detach().float()
    if state.shape == shape:
        return state
    try:
        return (state.reshape(()) if state.numel() == 1 else state).expand(shape)
    except RuntimeError:
        raise ValueError(
            f"a state has shape {tuple(state.shape)}, needs one value or the input's "
            f"shape without time, {tuple(shape)}."
        ) from None


def _check_devices(x: torch.Tensor, tensors: Tensors) -> None:
    for other in tensors:
        if other.device != x.device:
            raise ValueError(
                f"tensors are on {x.device} and {other.device}; move them with .to()."
            )


def _check(inputs: Tensors, parameters: Tensors) -> None:
    for x in inputs:
        if not x.is_floating_point():
            raise TypeError(f"input is {x.dtype}, needs floating point; use x.float().")
        if x.shape != inputs[0].shape:
            raise ValueError(
                f"inputs have shapes {tuple(inputs[0].shape)} and {tuple(x.shape)}, "
                "need the same."
            )
    shape = inputs[0].shape
    channels = shape[1] if len(shape) > 2 else 1
    for p in parameters:
        if p.numel() not in (1, channels):
            raise ValueError(
                f"a decay has {p.numel()} values, needs 1 or one for each of the "
                f"{channels} channels (axis 1 of an input of shape {tuple(shape)})."
            )
