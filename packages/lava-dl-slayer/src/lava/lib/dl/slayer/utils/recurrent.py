"""Stepping neurons whose spikes come back to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fuses
from lava.lib.dl.slayer._plain.recurrent import Late, due
from lava.lib.dl.slayer._plain.time import shift_all
from lava.lib.dl.slayer._states import Stateful
from lava.lib.dl.slayer._tracing import exporting
from lava.lib.dl.slayer.neuron._spiking import SpikingNeuron

__all__ = [
    "Feedback",
    "custom_recurrent",
    "custom_recurrent_ground_truth_1",
    "custom_recurrent_ground_truth_2",
    "feedback_of",
    "matrices",
    "step_through",
    "weighted_input",
]


Feedback = Sequence[Tensor] | Callable[[Tensor], Any]
"""Weights (C, C), or what weighs the spikes (N, C, 1) of each step."""


def feedback_of(synapse: Any) -> Feedback:
    """What feeds spikes back: a dense synapse's weights, or itself.

    It is called at each step where someone hooked, derived or changed it.
    """
    if fuses(synapse, *synapse._modules.values()):
        return matrices(synapse)
    return synapse


def weighted_input(synapse: Any, x: Tensor) -> Any:
    """What a dense synapse makes of an input, in the order that recurrent steps read.

    It is called as it is where someone hooked, derived or changed it.
    """
    if not fuses(synapse, *synapse._modules.values()):
        return synapse(x)
    if synapse.complex:
        return synapse.real.by_steps(x), synapse.imag.by_steps(x)
    return synapse.by_steps(x)


def matrices(synapse: Any) -> tuple[Tensor, ...]:
    """Quantised weights (out, in) of a dense synapse, one for each of its parts."""
    parts = (synapse.real, synapse.imag) if synapse.complex else (synapse,)
    return tuple(part.effective_weight().flatten(1) for part in parts)


def step_through(
    inputs: Sequence[Tensor],
    neuron: Any,
    feedback: Feedback,
    start: Tensor | None = None,
    continues: bool = True,
    stepwise: bool = True,
    late: Late | None = None,
    latency: int = 0,
) -> Tensor:
    r"""Steps a neuron through time: :math:`s_t = neuron(z_t + R s_{t-1})`.

    Spiking neurons without norm step inside one operator, if nobody watches or changes
    them.

    Args:
        inputs: z, shape (N, C, T), one for each part of the neuron's input.
        neuron: A neuron that keeps its states.
        feedback: R, shape (C, C), for as many parts of the input as it acts on, or a
            synapse.
        start: Spikes of the step before, shape (N, C), or of several with time last;
            none if None.
        continues: Starts where the last call ended and keeps the states, else at rest.
        stepwise: No gradient passes from step to step through the neuron's own states.
        late: Delays with which each neuron's spikes return, if any.
        latency: Steps by which the spikes that it gives are late.

    Returns:
        Spikes of shape (N, C, T).
    """
    if start is not None and start.ndim == 2:
        start = start.unsqueeze(-1)
    recurs = isinstance(neuron, SpikingNeuron) and neuron.can_recur(stepwise)
    if recurs and not callable(feedback):
        rest = (start, continues, stepwise, late, latency)
        return _operate(inputs, neuron, feedback, *rest)
    sent = inputs[0].new_zeros((*inputs[0].shape[:-1], 1)) if start is None else start
    with ExitStack() as stack:
        if not continues and exporting() and isinstance(neuron, Stateful):
            stack.enter_context(neuron._local_states())
        elif not continues:
            neuron.reset_state()
        for part in neuron.modules():
            if isinstance(part, Stateful):
                stack.enter_context(part._carrying_states(not stepwise))
        spikes = _loop(inputs, neuron, feedback, [*sent.unbind(dim=-1)], late)
    return shift_all(spikes, latency)


def _operate(
    inputs: Sequence[Tensor],
    neuron: SpikingNeuron,
    feedback: Sequence[Tensor],
    start: Tensor | None,
    continues: bool,
    stepwise: bool,
    delays: Late | None,
    latency: int,
) -> Tensor:
    none = [torch.zeros_like(feedback[0])] * (len(inputs) - len(feedback))
    weights = [*feedback, *none]
    if start is not None and inputs[0].shape[-1] > 0:
        before = _still_due(start, delays, inputs[0].shape[-1])
        parts = zip(inputs, weights, strict=True)
        inputs = [_with_start(z, before, weight) for z, weight in parts]
    return neuron.recur(inputs, weights, continues, stepwise, delays, latency)


def _still_due(start: Tensor, delays: Late | None, steps: int) -> list[Tensor]:
    """What spikes (N, C, K) of before return at each of the next steps."""
    sent = [*start.unbind(dim=-1)]
    # The gradient of a delay looks at the step before.
    count = min(steps, 1 if delays is None else 2 + delays.longest)
    silence = [torch.zeros_like(sent[0])] * (count - 1)
    every = [*sent, *silence]
    return [due(every[: len(sent) + i], delays) for i in range(count)]


def _with_start(z: Tensor, before: Sequence[Tensor], weight: Tensor) -> Tensor:
    """The input, its first steps with what the spikes before it add."""
    fed = [(weight * spikes.unsqueeze(1)).sum(dim=-1) for spikes in before]
    first = z[..., : len(fed)] + torch.stack(fed, dim=-1)
    return torch.cat([first, z[..., len(fed) :]], dim=-1)


def _loop(
    inputs: Sequence[Tensor],
    neuron: Any,
    feedback: Feedback,
    sent: list[Tensor],
    delays: Late | None,
) -> Tensor:
    """Calls the neuron for every step, after spikes that were sent before."""
    before = len(sent)
    for step in zip(*(z.unbind(dim=-1) for z in inputs), strict=True):
        back = _weighed(due(sent, delays), feedback)
        fed = [z + r for z, r in zip(step, back, strict=False)]
        parts = [*fed, *step[len(fed) :]]
        slices = tuple(part.unsqueeze(-1) for part in parts)
        sent.append(neuron(slices if len(slices) > 1 else slices[0])[..., 0])
    spikes = sent[before:]
    return torch.stack(spikes, dim=-1) if spikes else torch.zeros_like(inputs[0])


def _weighed(spike: Tensor, feedback: Feedback) -> list[Tensor]:
    """What spikes (N, C) add to the parts of the next input."""
    if not callable(feedback):
        return [ops.fed_back(spike, weight) for weight in feedback]
    z = feedback(spike.unsqueeze(-1))
    return [part[..., 0] for part in (z if isinstance(z, tuple) else (z,))]


def custom_recurrent(
    z: Tensor | tuple[Tensor, ...], neuron: torch.nn.Module, recurrent_synapse: Any
) -> Tensor:
    """Steps a neuron through time, fed with its own spikes by a dense synapse.

    Args:
        z: Input of shape (N, C, T), or (real, imaginary) of them.
        neuron: A neuron that keeps its states.
        recurrent_synapse: Dense synapse from the neurons to themselves.

    Returns:
        Spikes of shape (N, C, T).
    """
    parts = z if isinstance(z, tuple) else (z,)
    return step_through(parts, neuron, feedback_of(recurrent_synapse))


def custom_recurrent_ground_truth_1(
    z: Tensor, neuron: torch.nn.Module, recurrent_synapse: torch.nn.Module
) -> Tensor:
    """The same as :func:`custom_recurrent`, calling the synapse at every step."""
    spike = torch.zeros_like(z[..., :1])
    spikes = []
    for t in range(z.shape[-1]):
        spike = neuron(z[..., t : t + 1] + recurrent_synapse(spike))
        spikes.append(spike)
    return torch.cat(spikes, dim=-1)


def custom_recurrent_ground_truth_2(
    z: Tensor, neuron: torch.nn.Module, recurrent_synapse: Any
) -> Tensor:
    """The same as :func:`custom_recurrent`, multiplying with a matrix at every step."""
    (weight,) = matrices(recurrent_synapse)
    spike = torch.zeros_like(z[..., 0])
    spikes = []
    for t in range(z.shape[-1]):
        fed = z[..., t] + ops.fed_back(spike, weight)
        spike = neuron(fed.unsqueeze(-1))[..., 0]
        spikes.append(spike)
    return torch.stack(spikes, dim=-1)
