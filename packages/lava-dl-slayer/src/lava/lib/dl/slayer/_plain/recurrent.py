"""Recurrent layers from single steps of their neuron, differentiated by autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from lava.lib.dl.slayer._states import exact_state

Tensors = Sequence[torch.Tensor]
Step = Callable[[Tensors, Tensors, Tensors], Tensors]
"""From inputs (N, C, 1), decays and states to spikes (N, C, 1) and the next states."""


class Layer(NamedTuple):
    """A neuron's step and what it steps with.

    Attributes:
        step: one step.
        weights: (C, C), [to, from], one for each input.
        decays: of the neuron.
        states: before the first step, (N, C).
        scale: integers per unit of a state.
    """

    step: Step
    weights: Tensors
    decays: Tensors
    states: Tensors
    scale: float


def forward(layer: Layer, inputs: Tensors) -> list[torch.Tensor]:
    """Spikes (N, C, T), the last states, then each input with what returned to it."""
    spikes, now = torch.zeros_like(inputs[0][..., 0]), layer.states
    steps, parts = [], len(inputs)
    for z in zip(*(z.unbind(dim=-1) for z in inputs), strict=True):
        sums = [a + b for a, b in zip(z, _returned(layer, spikes), strict=True)]
        spikes, now = _step(layer, sums, now)
        steps.append([spikes, *sums])
    if not steps:
        empty = [torch.empty_like(inputs[0]) for _ in range(1 + parts)]
        return [empty[0], *(s.clone() for s in now), *empty[1:]]
    stacked = [torch.stack(each, dim=-1) for each in zip(*steps, strict=True)]
    return [stacked[0], *now, *stacked[1:]]


def backward(
    layer: Layer, grad: torch.Tensor, sums: Tensors, stepwise: bool
) -> list[torch.Tensor]:
    """Gradients of the inputs, the weights and the decays.

    Where they go back ``stepwise``, through the spikes that return alone, each step's
    states count as given, and decays have no gradient.
    """
    leaves = [x.detach().requires_grad_() for x in sums]
    weights = [w.detach().requires_grad_() for w in layer.weights]
    decays = [d.detach().requires_grad_(not stepwise) for d in layer.decays]
    learnt = layer._replace(weights=weights, decays=decays)
    with torch.enable_grad():
        spikes = _again(learnt, leaves, stepwise)
    given = [*leaves, *weights, *(d for d in decays if not stepwise)]
    found = torch.autograd.grad(
        spikes, given, grad, allow_unused=True, materialize_grads=True
    )
    zeros = [torch.zeros_like(d) for d in decays if stepwise]
    return [*found, *zeros]


def _again(layer: Layer, sums: Tensors, stepwise: bool) -> torch.Tensor:
    """The spikes as a function of inputs that already hold what returned to them."""
    spikes, now = torch.zeros_like(sums[0][..., 0]), layer.states
    steps = [spikes[..., :0]] if not sums[0].shape[-1] else []
    for x in zip(*(x.unbind(dim=-1) for x in sums), strict=True):
        returned = _returned(layer, spikes)
        fed = [a + (b - b.detach()) for a, b in zip(x, returned, strict=True)]
        now = [state.detach() for state in now] if stepwise else now
        spikes, now = _step(layer, fed, now)
        steps.append(spikes)
    return torch.stack(steps, dim=-1)


def _returned(layer: Layer, spikes: torch.Tensor) -> Tensors:
    return [spikes @ w.T for w in layer.weights]


def _step(
    layer: Layer, sums: Tensors, states: Tensors
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    fired, *now = layer.step([x.unsqueeze(-1) for x in sums], layer.decays, states)
    return fired[..., 0], [_exact(state, layer.scale) for state in now]


def _exact(state: torch.Tensor, scale: float) -> torch.Tensor:
    """The state as kept from step to step, whose gradient passes."""
    given = state.detach()
    return state + (exact_state(given, scale) - given)
