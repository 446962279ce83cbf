"""Neurons whose spikes return to them, stepped inside one kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    check_array,
    check_decays,
    run,
    shape_of,
)
from lava.lib.dl.core.training._neurons import Neuron, Threshold, neuron_settings
from lava.lib.dl.core.training._settings import Settings
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
    square = _check_weights(weights, neuron.inputs, inputs[0])
    spikes, *after = run(
        f"recurrent_{neuron.name}",
        inputs,
        neuron_settings(neuron, threshold, simd=simd),
        parameters=check_decays(decays, inputs[0].shape[1]),
        states=states,
        taps=np.ascontiguousarray(square.transpose(0, 2, 1)),
        outputs=1 + len(neuron.states),
    ).outputs
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
    square = _check_weights(weights, range(len(slopes)), grad)
    of_inputs = run(
        "recurrent_backward",
        [grad, *slopes],
        Settings(simd=simd),
        taps=square,
        outputs=len(slopes),
    ).outputs
    check_array("spikes", spikes, grad.shape)
    before = np.zeros_like(spikes)
    before[..., 1:] = spikes[..., :-1]
    fed = before.squeeze(2)
    of_weights = [
        sparse_dense_weight_gradient(fed, each.squeeze(2), simd=simd)
        for each in of_inputs
    ]
    return of_inputs, of_weights


def _check_weights(
    weights: Sequence[Floats], inputs: Sequence[object], x: Floats
) -> Floats:
    """All weights as one array (inputs, C, C)."""
    _, channels, inner, _ = shape_of(x)
    if inner != 1:
        raise ValueError(
            f"the input has {inner} spatial positions, needs (N, C, 1, T)."
        )
    if len(weights) != len(inputs):
        raise ValueError(
            f"weights has {len(weights)} arrays, needs one for each of {inputs}."
        )
    for name, weight in zip(inputs, weights, strict=True):
        check_array(f"weight of {name}", weight, (channels, channels))
    return np.stack(weights)
