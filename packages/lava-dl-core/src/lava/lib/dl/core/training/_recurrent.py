"""Neurons whose spikes return to them, stepped inside one kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lava.lib.dl.core._training import run
from lava.lib.dl.core.training._call import Floats, check_array, shape_of
from lava.lib.dl.core.training._events import Events, all_events
from lava.lib.dl.core.training._neurons import (
    Neuron,
    Surrogate,
    Threshold,
    neuron_settings,
)
from lava.lib.dl.core.training._sparse import (
    returning_weight_gradient,
    sparse_dense_weight_gradient,
)


class Recurrent(NamedTuple):
    """Spikes (N, C, 1, T), sums (N, T, C), and the states after the last step.

    A sum is an input of the neuron and what returned to it; there is none where none
    was asked for.
    """

    spikes: Floats
    sums: list[Floats]
    states: list[Floats]


class RecurrentGradients(NamedTuple):
    """Gradients of the inputs (N, T, C), of the weights, and of decays if asked for.

    And what it hands on to earlier steps, of each state asked for.
    """

    inputs: list[Floats]
    weights: list[Floats]
    decays: list[Floats]
    earlier: list[Floats]


def recurrent_forward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    weights: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    delays: Floats | None = None,
    by_steps: bool = False,
    latency: int = 0,
    sums: bool = False,
    simd: str = "",
) -> Recurrent:
    """Runs s[t] = neuron(z[t] + weight s[t-1-d]) over all steps, with no spikes before.

    Args:
        neuron: which, e.g. `CUBA`; its fields name the arrays below in order.
        inputs: z, float32 (N, C, 1, T) each, or (N, T, C).
        weights: float32 (C, C), [to, from], one for each input.
        decays: as `neuron_forward`'s.
        states: likewise.
        threshold: likewise.
        delays: d, float32 (C,), whole steps from 0 on; none if None.
        by_steps: inputs are (N, T, C).
        latency: steps by which the spikes that it gives are late, 0 or 1.
        sums: also give z[t] + weight s[t-1-d], from which `recurrent_backward` starts.
        simd: likewise.

    Returns:
        Spikes, the sums where asked for, and the states to go on with.
    """
    rows = [_in_rows(each) for each in inputs] if by_steps else inputs
    result = run(
        f"recurrent_{neuron.name}",
        rows,
        neuron_settings(
            neuron,
            threshold,
            latency=_check_latency(latency),
            by_steps=by_steps,
            simd=simd,
        ),
        parameters=decays,
        states=states,
        taps=_check_weights(weights, neuron.inputs, rows[0]),
        outputs=1 + (len(neuron.inputs) if sums else 0),
        last=len(neuron.states),
        returning_delays=delays,
    )
    spikes, *summed_inputs = result.outputs
    return Recurrent(spikes, [_in_steps(each) for each in summed_inputs], result.states)


def recurrent_backward(
    neuron: Neuron,
    sums: Sequence[Floats],
    spikes: Floats,
    weights: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    grad: Floats,
    threshold: Threshold,
    surrogate: Surrogate,
    *,
    delays: Floats | None = None,
    latency: int = 0,
    stepwise: bool = False,
    decay_gradients: bool = False,
    later: Sequence[Floats] = (),
    earlier: int = 0,
    simd: str = "",
) -> RecurrentGradients:
    """Gradients of the inputs, of the weights and of the decays, through time.

    Args:
        neuron: as in the forward call.
        sums: what that gave.
        spikes: likewise, each channel's late by its delay.
        weights: as in the forward call.
        decays: likewise.
        states: those the forward call started with.
        grad: gradient of the spikes, float32 (N, C, 1, T).
        threshold: as in the forward call.
        surrogate: the derivative the spikes get.
        delays: as in the forward call; their own gradient is what the weights return
            of the inputs' times the change of the delayed spikes.
        latency: as in the forward call.
        stepwise: a step's gradient goes back through the spikes that return alone, not
            through the neuron's states; decays get none then.
        decay_gradients: also those of the decays that learn, as `neuron_backward`'s,
            but of what the decays multiplied: states after a reset, and `states`.
        later: what the backward pass of later steps handed on, of each state.
        earlier: of how many states, from the first, this one hands it on.
        simd: an instruction set to force.
    """
    learns = decay_gradients and not stepwise
    result = run(
        f"recurrent_{neuron.name}_backward",
        [*(_checked(each, grad) for each in sums), grad],
        neuron_settings(
            neuron,
            threshold,
            surrogate,
            latency=_check_latency(latency),
            stepwise=stepwise,
            true_decays=True,
            simd=simd,
        ),
        parameters=decays,
        states=states,
        taps=_check_weights(weights, neuron.inputs, grad),
        outputs=len(neuron.inputs),
        learned=len(surrogate.learned(neuron.decays)) if learns else 0,
        later=later,
        earlier=earlier,
        returning_delays=delays,
    )
    check_array("spikes", spikes, grad.shape)
    returned = all_events(spikes.squeeze(2), simd=simd)
    input_gradients = [_in_steps(each) for each in result.outputs]
    of_weights = [_weight_gradient(returned, g, latency, simd) for g in input_gradients]
    return RecurrentGradients(
        input_gradients, of_weights, result.gradients, result.earlier
    )


def _weight_gradient(spikes: Events, grad: Floats, latency: int, simd: str) -> Floats:
    """Of weights that get spikes a step later, which may be late by that already."""
    if latency:
        return sparse_dense_weight_gradient(spikes, grad, by_steps=True, simd=simd)
    return returning_weight_gradient(spikes, grad, simd=simd)


def _check_latency(latency: int) -> int:
    if latency not in (0, 1):
        raise ValueError(f"latency is {latency}, needs 0 or 1.")
    return latency


def _in_rows(x: Floats) -> Floats:
    """An array (N, T, C) in the shape that kernels of rows take."""
    if x.ndim != 3:
        raise ValueError(f"an input has {x.ndim} dimensions, needs 3: (N, T, C).")
    samples, steps, channels = x.shape
    return x.reshape(samples, channels, 1, steps)


def _in_steps(x: Floats) -> Floats:
    """What kernels write as (N, T, C), given in the shape of their rows."""
    samples, channels, _, steps = x.shape
    return x.reshape(samples, steps, channels)


def _checked(sums: Floats, grad: Floats) -> Floats:
    """Sums (N, T, C), in the shape that kernels of rows take."""
    samples, channels, _, steps = shape_of(grad)
    check_array("sums", sums, (samples, steps, channels))
    return _in_rows(sums)


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
