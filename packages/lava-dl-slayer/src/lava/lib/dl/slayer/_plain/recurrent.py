"""Recurrent layers from single steps of their neuron, differentiated by autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain.time import shift
from lava.lib.dl.slayer._states import exact_state

Tensors = Sequence[Tensor]
Step = Callable[[Tensors, Tensors, Tensors], Tensors]
"""From inputs (N, C, 1), decays and states to spikes (N, C, 1) and the next states."""


class Late(NamedTuple):
    """Delays of what returns to a layer.

    Attributes:
        delays: (C,), in steps, of which the whole ones count.
        longest: whole steps that none of them exceeds; known without their values,
            which may be on a GPU or not there yet.
    """

    delays: Tensor
    longest: int


class Layer(NamedTuple):
    """A neuron's step and what it steps with.

    Attributes:
        step: one step.
        weights: (C, C), [to, from], one for each input.
        decays: of the neuron.
        states: before the first step, (N, C).
        scale: integers per unit of a state.
        late: delays of what returns, None for none.
    """

    step: Step
    weights: Tensors
    decays: Tensors
    states: Tensors
    scale: float
    late: Late | None = None


def forward(layer: Layer, inputs: Tensors) -> list[Tensor]:
    """Spikes (N, C, T), the last states, then each input with what returned to it."""
    spikes, now = torch.zeros_like(inputs[0][..., 0]), layer.states
    steps, sent, parts = [], [spikes], len(inputs)
    for z in zip(*(z.unbind(dim=-1) for z in inputs), strict=True):
        sums = [a + b for a, b in zip(z, _returned(layer, sent), strict=True)]
        spikes, now = _step(layer, sums, now)
        sent.append(spikes)
        steps.append([spikes, *sums])
    if not steps:
        empty = [torch.empty_like(inputs[0]) for _ in range(1 + parts)]
        return [empty[0], *(s.clone() for s in now), *empty[1:]]
    stacked = [torch.stack(each, dim=-1) for each in zip(*steps, strict=True)]
    return [stacked[0], *now, *stacked[1:]]


def backward(
    layer: Layer,
    grad: Tensor,
    sums: Tensors,
    stepwise: bool,
    later: Sequence[Tensor | None] = (),
    earlier: int = 0,
) -> list[Tensor]:
    """Gradients of the inputs, the weights, the decays, and so many first states.

    Where they go back ``stepwise``, through the spikes that return alone, each step's
    states count as given, and decays have no gradient. ``later`` are those of the last
    states.
    """
    leaves = [x.detach().requires_grad_() for x in sums]
    weights = [w.detach().requires_grad_() for w in layer.weights]
    decays = [d.detach().requires_grad_(not stepwise) for d in layer.decays]
    states = [s.detach().requires_grad_() for s in layer.states]
    learnt = layer._replace(weights=weights, decays=decays, states=states)
    with torch.enable_grad():
        spikes, last = _again(learnt, leaves, stepwise)
    ends = [(s, g) for s, g in zip(last, later, strict=False) if g is not None]
    outputs, grads = zip((spikes, grad), *ends, strict=True)
    inputs = [
        *leaves,
        *weights,
        *(d for d in decays if not stepwise),
        *states[:earlier],
    ]
    gradients = torch.autograd.grad(
        outputs, inputs, grads, allow_unused=True, materialize_grads=True
    )
    if not stepwise:
        return [*gradients]
    cut = len(gradients) - earlier
    return [*gradients[:cut], *map(torch.zeros_like, decays), *gradients[cut:]]


def _again(layer: Layer, sums: Tensors, stepwise: bool) -> tuple[Tensor, Tensors]:
    """Spikes and last states, from inputs that already hold what returned to them."""
    now, sent = layer.states, [torch.zeros_like(sums[0][..., 0])]
    for x in zip(*(x.unbind(dim=-1) for x in sums), strict=True):
        returned = _returned(layer, sent)
        fed = [a + (b - b.detach()) for a, b in zip(x, returned, strict=True)]
        now = [state.detach() for state in now] if stepwise else now
        spikes, now = _step(layer, fed, now)
        sent.append(spikes)
    return torch.stack(sent, dim=-1)[..., 1:], now


def _returned(layer: Layer, sent: Tensors) -> Tensors:
    spikes = due(sent, layer.late)
    return [spikes @ w.T for w in layer.weights]


def due(sent: Tensors, return_delays: Late | None) -> Tensor:
    """What the next step gets of all that was sent, (N, C) of each step.

    Args:
        sent: Spikes of the steps so far, the last one last.
        return_delays: By how much a channel's spikes act later; the gradient of the
            delays is as that of :class:`lava.lib.dl.slayer.axon.Delay`.
    """
    if return_delays is None:
        return sent[-1]
    delays, longest = return_delays
    window = torch.stack([*sent[-longest - 2 :]], dim=-1)
    steps = delays.detach().floor().long()
    now = _sent_before(window, steps)
    if not delays.requires_grad:
        return now
    change = _sent_before(window, steps + 1) - now
    return now + (delays - delays.detach()) * change.detach()


def _sent_before(window: Tensor, steps: Tensor) -> Tensor:
    """Each channel's spikes of so many steps before the last, 0 before the first."""
    place = (window.shape[-1] - 1 - steps).reshape(-1, 1)
    spikes = window.gather(-1, place.clamp(min=0).expand(*window.shape[:-1], 1))
    return torch.where(place >= 0, spikes, 0.0)[..., 0]


def delayed(spikes: Tensor, delays: Tensor | None) -> Tensor:
    """Spikes (N, C, T), each channel's late by its delay."""
    return spikes if delays is None else shift(spikes, delays)


def delay_gradient(
    delayed_spikes: Tensor, weights: Tensors, to_inputs: Tensors
) -> Tensor:
    """Gradient of the delays, from the delayed spikes and that of the inputs.

    The slope of a delayed spike train y is y[t-1] - y[t].
    """
    total = torch.zeros_like(delayed_spikes[..., 1:])
    for weight, grad in zip(weights, to_inputs, strict=True):
        total = total + weight.T @ grad[..., 1:]
    before = torch.nn.functional.pad(delayed_spikes, (1, 0))[..., :-1]
    return (total * (before - delayed_spikes)[..., :-1]).sum(dim=(0, 2))


def _step(layer: Layer, sums: Tensors, states: Tensors) -> tuple[Tensor, list[Tensor]]:
    fired, *now = layer.step([x.unsqueeze(-1) for x in sums], layer.decays, states)
    return fired[..., 0], [_exact(state, layer.scale) for state in now]


def _exact(state: Tensor, scale: float) -> Tensor:
    """The state as kept from step to step, whose gradient passes."""
    detached = state.detach()
    return state + (exact_state(detached, scale) - detached)
