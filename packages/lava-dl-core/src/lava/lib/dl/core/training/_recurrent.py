"""Neurons whose spikes return to them, stepped inside one kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    Settings,
    allocate,
    check_array,
    check_decays,
    check_input,
    launch,
)
from lava.lib.dl.core.training._neurons import Neuron, Threshold, neuron_settings
from lava.lib.dl.core.training._sparse import sparse_dense_weight_gradient


class Recurrent(NamedTuple):
    """Spikes, and each of the neuron's states after every step, (N, C, 1, T)."""

    spikes: Floats
    states: list[Floats]


def recurrent_forward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    weights: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    simd: str = "",
) -> Recurrent:
    """Runs s[t] = neuron(z[t] + weight s[t-1]) over all steps, s[-1] = 0.

    Args:
        neuron: which, e.g. `CUBA`; its fields name the arrays below in order.
        inputs: z, float32 (N, C, 1, T) each.
        weights: float32 (C, C), [to, from], one for each input.
        decays: as `neuron_forward`'s.
        states: likewise.
        threshold: likewise.
        simd: likewise.

    Returns:
        Spikes, and the states after every step; the last are those to go on with.
    """
    shape = check_input(neuron.inputs[0], inputs[0])
    square = _check_weights(weights, neuron.inputs, shape)
    names = ("spikes", *neuron.states)
    planes = allocate(names, None, [True] * len(names), shape)
    launch(
        f"recurrent_{neuron.name}",
        shape,
        dict(zip(neuron.inputs, inputs, strict=True)),
        planes,
        decays=check_decays(neuron.decays, decays, shape[1]),
        states=dict(zip(neuron.states, states, strict=True)),
        taps=np.ascontiguousarray(square.transpose(0, 2, 1)),
        settings=neuron_settings(neuron, threshold, simd=simd),
    )
    spikes, *after = [plane for plane in planes if plane is not None]
    return Recurrent(spikes, after)


def recurrent_backward(
    grad: Floats,
    spikes: Floats,
    slopes: Sequence[Floats],
    weights: Sequence[Floats],
    *,
    simd: str = "",
) -> tuple[list[Floats], list[Floats]]:
    """Gradients of the inputs and of the weights.

    A step's gradient goes back through the spikes fed to it; nothing flows between
    steps through the neuron's own state.

    Args:
        grad: gradient of the spikes, float32 (N, C, 1, T).
        spikes: what the forward gave.
        slopes: surrogate derivative of a step's spike by each of its inputs, as grad.
        weights: as in the forward.
        simd: an instruction set to force.
    """
    shape = check_input("grad", grad)
    names = [f"slope {i}" for i in range(len(slopes))]
    square = _check_weights(weights, names, shape)
    of_inputs = [np.empty(shape, np.float32) for _ in slopes]
    launch(
        "recurrent_backward",
        shape,
        {"grad": grad, **dict(zip(names, slopes, strict=True))},
        of_inputs,
        taps=square,
        settings=Settings(simd=simd),
    )
    check_array("spikes", spikes, shape)
    before = np.zeros(shape, np.float32)
    before[..., 1:] = spikes[..., :-1]
    flat = (shape[0], shape[1], shape[3])
    fed = before.reshape(flat)
    of_weights = [
        sparse_dense_weight_gradient(fed, each.reshape(flat), simd=simd)
        for each in of_inputs
    ]
    return of_inputs, of_weights


def _check_weights(
    weights: Sequence[Floats], inputs: Sequence[str], shape: tuple[int, int, int, int]
) -> Floats:
    """All weights as one array (inputs, C, C)."""
    if shape[2] != 1:
        raise ValueError(
            f"the input has {shape[2]} spatial positions, needs (N, C, 1, T)."
        )
    if len(weights) != len(inputs):
        raise ValueError(
            f"weights has {len(weights)} arrays, needs one for each of {inputs}."
        )
    for name, weight in zip(inputs, weights, strict=True):
        check_array(f"weight of {name}", weight, (shape[1], shape[1]))
    return np.stack(weights)
