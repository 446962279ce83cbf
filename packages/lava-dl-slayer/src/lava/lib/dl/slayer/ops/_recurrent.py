"""Neurons fed with their own spikes, stepped inside one operator."""

from __future__ import annotations

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import _plain_recurrent
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer._states import exact_state
from lava.lib.dl.slayer.ops import _neurons
from lava.lib.dl.slayer.ops._arrays import compiled, rows, states, tensors, values
from lava.lib.dl.slayer.ops._dynamics import Dynamics
from lava.lib.dl.slayer.ops._operator import Arguments, Operator, Tensors

Gradients = tuple[Tensors, Tensors]


def _split(given: Arguments) -> tuple[Tensors, Tensors]:
    """Weights and decays."""
    parts = len(given.inputs)
    return given.parameters[:parts], given.parameters[parts:]


def _planes(kernel: training.Neuron, neuron: Operator, given: Arguments) -> Tensors:
    """Spikes, then the states after every step."""
    weights, decays = _split(given)
    if not compiled(given.inputs[0]):

        def step(parts: Tensors, now: Tensors) -> Tensors:
            return neuron.forward(Arguments(parts, decays, now, given.settings))

        return _plain_recurrent.forward(
            step, given.inputs, weights, given.states, given.settings.scale
        )
    result = training.recurrent_forward(
        kernel,
        [rows(z) for z in given.inputs],
        [w.detach().contiguous().numpy() for w in weights],
        values(decays),
        states(given.states, given.inputs[0]),
        _neurons.threshold_of(given.settings),
    )
    return tensors([result.spikes, *result.states], given.inputs[0].shape)


def _before(after: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """What a plane holds before each step; start has the shape of a step."""
    first = start.expand(after.shape[:-1]).unsqueeze(-1)
    return torch.cat([first, after[..., :-1]], dim=-1)


def _slopes(neuron: Operator, given: Arguments, planes: Tensors) -> Tensors:
    """Derivative of each step's spike by each input, the states being given.

    Every step is a sample of one step: time takes the place of space.
    """
    weights, decays = _split(given)
    spikes, *after = planes
    fed = _before(spikes, spikes.new_zeros(1))
    inputs = [z + w @ fed for z, w in zip(given.inputs, weights, strict=True)]
    scale = given.settings.scale
    exact = [exact_state(plane, scale) for plane in after]
    starts = [_before(a, s) for a, s in zip(exact, given.states, strict=True)]
    steps = Arguments([x[..., None] for x in inputs], decays, starts, given.settings)
    ones = torch.ones_like(spikes).unsqueeze(-1)
    slopes, _ = neuron.backward([ones], steps, False)
    return [slope[..., 0] for slope in slopes]


def _backward(
    grad: torch.Tensor, spikes: torch.Tensor, slopes: Tensors, weights: Tensors
) -> Gradients:
    if not compiled(grad):
        return _plain_recurrent.backward(grad, spikes, slopes, weights)
    to_inputs, to_weights = training.recurrent_backward(
        rows(grad),
        rows(spikes),
        [rows(slope) for slope in slopes],
        [w.detach().contiguous().numpy() for w in weights],
    )
    shaped = [torch.from_numpy(g) for g in to_weights]
    return tensors(to_inputs, grad.shape), shaped


def _recurrent(kernel: training.Neuron, neuron: Operator) -> Operator:
    def forward(given: Arguments) -> Tensors:
        spikes, *after = _planes(kernel, neuron, given)
        if spikes.shape[-1] == 0:
            return [spikes, *(s.clone() for s in given.states)]
        return [spikes, *(plane[..., -1].contiguous() for plane in after)]

    def backward(grads: Tensors, given: Arguments, wanted: bool) -> Gradients:
        planes = _planes(kernel, neuron, given)
        slopes = _slopes(neuron, given, planes)
        return _backward(grads[0], planes[0], slopes, _split(given)[0])

    weights = tuple(f"weight_to_{name}" for name in neuron.inputs)
    return Operator(
        f"recurrent_{neuron.name}",
        neuron.inputs,
        weights + neuron.parameters,
        neuron.states,
        outputs=("spikes",),
        learned=len(weights),
        forward=forward,
        backward=backward,
        gives_states=True,
    )


_OPERATORS = {
    whole.operator.name: _recurrent(kernel, whole.operator)
    for kernel, whole in _neurons.NEURONS
}


def recur(
    dynamics: Dynamics,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    weights: Tensors,
) -> list[torch.Tensor]:
    """Spikes of a neuron that gets its own of the step before, none at first.

    Args:
        dynamics: which neuron.
        inputs: tensors (N, C, T).
        parameters: as ``apply``'s.
        states: likewise.
        settings: likewise; the exact gradient is that of one step.
        weights: tensors (C, C), [to, from], one for each input.

    Returns:
        Spikes and the states after the last step.
    """
    shape = inputs[0].shape[:-1]
    given = [*(w.float() for w in weights), *(p.float() for p in parameters)]
    start = [s.detach().float().expand(shape) for s in states]
    return _OPERATORS[dynamics.operator.name](inputs, given, start, settings)
