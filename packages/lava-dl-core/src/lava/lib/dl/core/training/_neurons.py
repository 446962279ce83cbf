"""Whole neurons: from input to spikes in one pass, and back in one pass.

A `Neuron` says which arrays its kernels take, in which order; `neuron_forward` and
`neuron_backward` are the same for all of them. The backward recomputes the states from
the input, so nothing but the input need be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import (
    Floats,
    Named,
    Outputs,
    Settings,
    allocate,
    check_decays,
    check_input,
    check_scale,
    check_surrogate,
    launch,
)

Array = TypeVar("Array")
Gradient: TypeAlias = Literal["slayer", "exact"]


@dataclass(frozen=True)
class Neuron:
    """A neuron's kernels: names, in order, of the arrays they take and give."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[str, ...]
    decays: tuple[str, ...]


@dataclass(frozen=True)
class Threshold:
    """What a spike takes: threshold, its step (adaptive neurons), state scale, payload.

    `value` and `step` are in real units; CUBA's includes its epsilon. Where `graded`,
    a spike is the state that made it instead of 1.
    """

    value: float
    scale: float
    step: float = 0.0
    graded: bool = False


@dataclass(frozen=True)
class Surrogate:
    """Width and height of the spike's surrogate derivative, all multipliers included.

    `gradient` "slayer" leaves what a spike does to the neuron out of the backward pass.
    "exact" includes it, as autograd would through the recurrence: the reset of CUBA and
    RF-IZ, the threshold and refractory level that ALIF, ADRF and ADRF-IZ raise, and
    what the first step's decays do to the given states.
    """

    tau: float
    scale: float
    gradient: Gradient = "slayer"

    @property
    def exact(self) -> bool:
        """Whether the gradient is the exact one."""
        return self.gradient == "exact"

    def learned(self, decays: Sequence[Array]) -> Sequence[Array]:
        """Those of a neuron's decays that have a gradient."""
        return decays if self.exact else decays[:2]


class Forward(NamedTuple):
    """Outputs in the neuron's order (None where not wanted) and the last states."""

    outputs: list[Floats | None]
    states: list[Floats | None]


class Backward(NamedTuple):
    """Gradients of the inputs, and of the decays that learn where asked for."""

    inputs: list[Floats | None]
    decays: list[Floats]


def _declared(name: str) -> Neuron:
    """As the headers declare it."""
    found = _training.neurons()[name]
    decays = tuple(name.removesuffix("_decay") for name in found["parameters"])
    inputs, outputs = tuple(found["inputs"]), tuple(found["outputs"])
    return Neuron(name, inputs, outputs, tuple(found["states"]), decays)


CUBA, ALIF, RF = _declared("cuba"), _declared("alif"), _declared("rf")
RF_IZ, ADRF, ADRF_IZ = _declared("rf_iz"), _declared("adrf"), _declared("adrf_iz")


def neuron_forward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    latency: int = 0,
    traces: bool = False,
    out: Outputs = None,
    last: Outputs = None,
    simd: str = "",
) -> Forward:
    """Runs a neuron over all steps.

    Args:
        neuron: which, e.g. `CUBA`; its fields name the arrays below in order.
        inputs: float32 (N, C, S, T) each.
        decays: 4096 times each decay (float32, fractions are dropped), one value or one
            for each channel.
        states: float32 (N, C, S) each or one value; not changed.
        threshold: when it spikes.
        latency: steps by which the spikes, not the traces, come late.
        traces: also give the outputs beyond the spikes (states before their reset).
        out: arrays to write to, one for each output, None where not wanted.
        last: arrays for the last states (after their reset), likewise.
        simd: an instruction set to force; all give the same bits.

    Returns:
        The outputs and the states to start the next piece with.
    """
    shape = check_input(neuron.inputs[0], inputs[0])
    wanted = [True] + [traces] * (len(neuron.outputs) - 1)
    outputs = allocate(neuron.outputs, out, wanted, shape)
    ends = allocate(neuron.states, last, [True] * len(neuron.states), shape[:-1])
    launch(
        neuron.name,
        shape,
        dict(zip(neuron.inputs, inputs, strict=True)),
        outputs,
        decays=check_decays(neuron.decays, decays, shape[1]),
        states=dict(zip(neuron.states, states, strict=True)),
        last=ends,
        settings=neuron_settings(neuron, threshold, latency=latency, simd=simd),
    )
    return Forward(outputs, ends)


def neuron_backward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    grads: Sequence[Floats | None],
    threshold: Threshold,
    surrogate: Surrogate,
    *,
    latency: int = 0,
    decay_gradients: bool = False,
    out: Outputs = None,
    simd: str = "",
) -> Backward:
    """Gradients of the inputs (and decays) from those of the first three outputs.

    Args:
        neuron: as in the forward call.
        inputs: likewise.
        decays: likewise.
        states: those the forward call started with.
        threshold: as in the forward call.
        grads: gradients of spikes and of the two traces after them; None is zero.
        surrogate: the derivative the spikes get.
        latency: as in the forward call.
        decay_gradients: also those of the decays, in units of the decays passed (4096
            times the decay), summed over all a value serves. Unless the gradient is
            the exact one, only the first two have any.
        out: arrays to write the inputs' gradients to.
        simd: as in the forward call.

    Returns:
        Gradients of the inputs and of the decays that learn (empty if not asked for).
    """
    shape = check_input(neuron.inputs[0], inputs[0])
    names = [f"grad_{name}" for name in neuron.inputs]
    outputs = allocate(names, out, [True] * len(names), shape)
    factors = check_decays(neuron.decays, decays, shape[1])
    learned = surrogate.learned(factors) if decay_gradients else []
    sums = [np.zeros_like(factor) for factor in learned]
    grad_names = [f"grad_{name}" for name in neuron.outputs[:3]]
    arrays: Named = {
        **dict(zip(neuron.inputs, inputs, strict=True)),
        **dict(zip(grad_names, grads, strict=True)),
    }
    launch(
        f"{neuron.name}_backward",
        shape,
        arrays,
        outputs,
        decays=factors,
        states=dict(zip(neuron.states, states, strict=True)),
        decay_gradients=sums,
        settings=neuron_settings(
            neuron, threshold, surrogate, latency=latency, simd=simd
        ),
    )
    return Backward(outputs, [each / np.float32(4096) for each in sums])


@lru_cache(maxsize=256)
def neuron_settings(
    neuron: Neuron,
    threshold: Threshold,
    surrogate: Surrogate | None = None,
    *,
    latency: int = 0,
    simd: str = "",
) -> Settings:
    """The scalars of a neuron's call, checked."""
    surrogate = surrogate or Surrogate(tau=1.0, scale=1.0)
    if surrogate.gradient not in ("slayer", "exact"):
        raise ValueError(
            f"gradient is {surrogate.gradient!r}, needs 'slayer' or 'exact'."
        )
    if latency < 0:
        raise ValueError(f"latency is {latency}, needs 0 steps or more.")
    scale = check_scale(threshold.scale)
    levels = _training.neuron_levels(
        neuron.name, threshold.value, threshold.step, scale
    )
    return Settings(
        scale=scale,
        threshold=threshold.value,
        tau=check_surrogate(surrogate.tau),
        surrogate_scale=surrogate.scale,
        graded=threshold.graded,
        exact_gradient=surrogate.exact,
        latency=latency,
        simd=simd,
        **levels,
    )
