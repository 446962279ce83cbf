"""Recurrent layers from single steps of their neuron: forwards and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from lava.lib.dl.slayer._states import exact_state

Tensors = Sequence[torch.Tensor]
Step = Callable[[Tensors, Tensors], Tensors]
"""From inputs (N, C, 1) and states to spikes (N, C, 1) and the next states."""


def forward(
    step: Step, inputs: Tensors, weights: Tensors, states: Tensors, scale: float
) -> list[torch.Tensor]:
    """Spikes, then the states after every step, all (N, C, T)."""
    if inputs[0].shape[-1] == 0:
        return [torch.empty_like(inputs[0]) for _ in (0, *states)]
    spikes, now = torch.zeros_like(inputs[0][..., 0]), states
    steps = []
    for parts in zip(*(z.unbind(dim=-1) for z in inputs), strict=True):
        fed = [z + spikes @ w.T for z, w in zip(parts, weights, strict=True)]
        fired, *now = step([part.unsqueeze(-1) for part in fed], now)
        now = [exact_state(state, scale) for state in now]
        spikes = fired[..., 0]
        steps.append([spikes, *now])
    return [torch.stack(each, dim=-1) for each in zip(*steps, strict=True)]


def backward(
    grad: torch.Tensor, spikes: torch.Tensor, slopes: Tensors, weights: Tensors
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Gradients of inputs and weights; slopes are of a step's spike by each input."""
    carried = torch.zeros_like(grad[..., 0])
    steps: list[list[torch.Tensor]] = []
    for t in reversed(range(grad.shape[-1])):
        to_spikes = grad[..., t] + carried
        to_inputs = [slope[..., t] * to_spikes for slope in slopes]
        parts = zip(to_inputs, weights, strict=True)
        carried = torch.stack([g @ w for g, w in parts]).sum(dim=0)
        steps.insert(0, to_inputs)
    to_inputs = [torch.stack(each, dim=-1) for each in zip(*steps, strict=True)]
    before = torch.nn.functional.pad(spikes[..., :-1], (1, 0))
    to_weights = [torch.einsum("not,nit->oi", g, before) for g in to_inputs]
    return to_inputs, to_weights
