"""Stepping neurons whose spikes come back to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = [
    "custom_recurrent",
    "custom_recurrent_ground_truth_1",
    "custom_recurrent_ground_truth_2",
    "matrices",
    "step_through",
]


def matrices(synapse: Any) -> tuple[torch.Tensor, ...]:
    """Quantised weights (out, in) of a dense synapse, one for each of its parts."""
    parts = (synapse.real, synapse.imag) if synapse.complex else (synapse,)
    return tuple(part.effective_weight().flatten(1) for part in parts)


def step_through(
    inputs: Sequence[torch.Tensor],
    neuron: torch.nn.Module,
    feedback: Sequence[torch.Tensor],
    start: torch.Tensor,
) -> torch.Tensor:
    r"""Steps a neuron through time: :math:`s_t = neuron(z_t + R s_{t-1})`.

    No gradient passes from step to step through the neuron's own states.

    Args:
        inputs: z, shape (N, C, T), one for each part of the neuron's input.
        neuron: A neuron that keeps its states.
        feedback: R, shape (C, C), for as many parts of the input as it acts on.
        start: Spikes of the step before, shape (N, C).

    Returns:
        Spikes of shape (N, C, T).
    """
    spike, spikes = start, []
    for step in zip(*(z.unbind(dim=-1) for z in inputs), strict=True):
        back = [spike @ weight.T for weight in feedback]
        driven = [z + r for z, r in zip(step, back, strict=False)]
        parts = [*driven, *step[len(driven) :]]
        given = tuple(part.unsqueeze(-1) for part in parts)
        spike = neuron(given if len(given) > 1 else given[0])[..., 0]
        spikes.append(spike)
    return torch.stack(spikes, dim=-1) if spikes else torch.zeros_like(inputs[0])


def custom_recurrent(
    z: torch.Tensor | tuple[torch.Tensor, ...],
    neuron: torch.nn.Module,
    recurrent_synapse: Any,
) -> torch.Tensor:
    """Steps a neuron through time, fed with its own spikes by a dense synapse.

    Args:
        z: Input of shape (N, C, T), or (real, imaginary) of them.
        neuron: A neuron that keeps its states.
        recurrent_synapse: Dense synapse from the neurons to themselves.

    Returns:
        Spikes of shape (N, C, T).
    """
    parts = z if isinstance(z, tuple) else (z,)
    start = parts[0].new_zeros(parts[0].shape[:-1])
    return step_through(parts, neuron, matrices(recurrent_synapse), start)


def custom_recurrent_ground_truth_1(
    z: torch.Tensor, neuron: torch.nn.Module, recurrent_synapse: torch.nn.Module
) -> torch.Tensor:
    """The same as :func:`custom_recurrent`, calling the synapse at every step."""
    spike = torch.zeros_like(z[..., :1])
    spikes = []
    for t in range(z.shape[-1]):
        spike = neuron(z[..., t : t + 1] + recurrent_synapse(spike))
        spikes.append(spike)
    return torch.cat(spikes, dim=-1)


def custom_recurrent_ground_truth_2(
    z: torch.Tensor, neuron: torch.nn.Module, recurrent_synapse: Any
) -> torch.Tensor:
    """The same as :func:`custom_recurrent`, multiplying with a matrix at every step."""
    (weight,) = matrices(recurrent_synapse)
    spike = torch.zeros_like(z[..., 0])
    spikes = []
    for t in range(z.shape[-1]):
        spike = neuron((z[..., t] + spike @ weight.T).unsqueeze(-1))[..., 0]
        spikes.append(spike)
    return torch.stack(spikes, dim=-1)
