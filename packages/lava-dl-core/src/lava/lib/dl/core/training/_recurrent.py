"""CUBA and ALIF layers whose spikes return to them, stepped inside one kernel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava.lib.dl.core.training._call import (
    Floats,
    Outputs,
    Settings,
    allocate,
    check_array,
    check_decays,
    check_input,
    check_surrogate,
    launch,
)
from lava.lib.dl.core.training._neurons import (
    ALIF,
    CUBA,
    Forward,
    Neuron,
    Surrogate,
    Threshold,
    neuron_settings,
)
from lava.lib.dl.core.training._sparse import sparse_dense_weight_gradient


def recurrent_forward(
    neuron: Neuron,
    z: Floats,
    weight: Floats,
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    traces: bool = False,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> Forward:
    """Runs s[t] = neuron(z[t] + weight s[t-1]) over all steps, s[-1] = 0.

    Args:
        neuron: `CUBA` or `ALIF`.
        z: float32 (N, C, 1, T), the layer's input.
        weight: float32 (C, C), [to, from].
        decays: as `neuron_forward`'s.
        states: likewise.
        threshold: likewise.
        traces: likewise.
        out: likewise.
        last: likewise.
        simd: likewise.

    Returns:
        Outputs and last states, as `neuron_forward`.
    """
    if neuron not in (CUBA, ALIF):
        raise ValueError(f"neuron is {neuron.name}, needs CUBA or ALIF.")
    shape = check_input("z", z)
    turned = np.ascontiguousarray(_check_weight(weight, shape).T)
    wanted = [True] + [traces] * (len(neuron.outputs) - 1)
    outputs = allocate(neuron.outputs, out, wanted, shape)
    ends = allocate(neuron.states, last, [True] * len(neuron.states), shape[:-1])
    launch(
        f"recurrent_{neuron.name}",
        shape,
        {"z": z},
        outputs,
        decays=check_decays(neuron.decays, decays, shape[1]),
        states=dict(zip(neuron.states, states, strict=True)),
        last=ends,
        taps=turned,
        settings=neuron_settings(neuron, threshold, simd=simd),
    )
    return Forward(outputs, ends)


def recurrent_backward(
    spikes: Floats,
    above: Floats,
    grad: Floats,
    weight: Floats,
    surrogate: Surrogate,
    *,
    graded: bool = False,
    simd: str = "",
) -> tuple[Floats, Floats]:
    """Gradients of z and of the recurrent weight.

    A step's gradient goes back through the spikes fed to it; nothing flows between
    steps through the neuron's own state, as upstream has it.

    Args:
        spikes: what the forward gave, (N, C, 1, T).
        above: voltage minus the threshold it was compared with (for ALIF threshold plus
            refractory), from the forward's traces.
        grad: gradient of the spikes.
        weight: as in the forward.
        surrogate: the spikes' derivative.
        graded: whether spikes are graded.
        simd: an instruction set to force.
    """
    shape = check_input("grad", grad)
    square = np.ascontiguousarray(_check_weight(weight, shape))
    of_z = np.empty(shape, np.float32)
    launch(
        "recurrent_backward",
        shape,
        {"grad": grad, "above": above},
        [of_z],
        taps=square,
        settings=Settings(
            tau=check_surrogate(surrogate.tau),
            surrogate_scale=surrogate.scale,
            graded=graded,
            simd=simd,
        ),
    )
    check_array("spikes", spikes, shape)
    before = np.zeros(shape, np.float32)
    before[..., 1:] = spikes[..., :-1]
    flat = (shape[0], shape[1], shape[3])
    of_weight = sparse_dense_weight_gradient(
        before.reshape(flat), of_z.reshape(flat), simd=simd
    )
    return of_z, of_weight


def _check_weight(weight: Floats, shape: tuple[int, int, int, int]) -> Floats:
    if shape[2] != 1:
        raise ValueError(f"z has {shape[2]} spatial positions, needs (N, C, 1, T).")
    check_array("weight", np.ascontiguousarray(weight), (shape[1], shape[1]))
    return weight
