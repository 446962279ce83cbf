"""Whole neurons: from input to spikes in one pass, and back in one pass.

A `Neuron` says which arrays its kernels take, in which order; `neuron_forward` and
`neuron_backward` are the same for all of them. The backward recomputes the states from
the input, so nothing but the input need be saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import Settings, run
from lava.lib.dl.core.training._call import Floats, Optional
from lava.lib.dl.core.training._settings import settings, surrogate_index

Array = TypeVar("Array")
Gradient: TypeAlias = Literal["slayer", "exact"]

TILE: int = _training.tile
"""Steps whose gradients of decays kernels add up in float32, tiles then in float64."""


@dataclass(frozen=True)
class Neuron:
    """A neuron's kernels: names, in order, of what they take and give.

    Attributes:
        name: of its kernels.
        inputs: sums of the synapses.
        outputs: spikes, then what a forward pass traces.
        states: carried from step to step.
        decays: one value or one per channel each.
    """

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
    what the first step's decays do to the initial states. `shape` is one of
    `SURROGATES`.
    """

    tau: float
    scale: float
    gradient: Gradient = "slayer"
    shape: str = "exponential"

    @property
    def exact(self) -> bool:
        """Whether the gradient is the exact one."""
        return self.gradient == "exact"

    def learned(self, decays: Sequence[Array]) -> Sequence[Array]:
        """Those of a neuron's decays that have a gradient."""
        return decays if self.exact else decays[:2]


class Forward(NamedTuple):
    """Outputs in the neuron's order, spikes alone without traces; the last states."""

    outputs: list[Floats]
    states: list[Floats]


class Backward(NamedTuple):
    """Gradients of the inputs, and of the decays that learn where asked for."""

    inputs: list[Floats]
    decays: list[Floats]


def _declared(name: str) -> Neuron:
    terms = _training.neurons()[name]
    return Neuron(
        name,
        tuple(terms["inputs"]),
        tuple(terms["outputs"]),
        tuple(terms["states"]),
        tuple(each.removesuffix("_decay") for each in terms["parameters"]),
    )


CUBA, ALIF, RF, RF_IZ, ADRF, ADRF_IZ = NEURONS = tuple(
    map(_declared, ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz"))
)


def neuron_forward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    latency: int = 0,
    traces: bool = False,
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
        latency: steps by which the spikes, not the traces, are delayed.
        traces: also give the outputs beyond the spikes (states before their reset).
        simd: an instruction set to force; all give the same bits.

    Returns:
        The outputs and the states to start the next piece with.
    """
    result = run(
        neuron.name,
        _counted(inputs, neuron.inputs),
        neuron_settings(neuron, threshold, latency=latency, simd=simd),
        parameters=_counted(decays, neuron.decays),
        states=_counted(states, neuron.states),
        outputs=len(neuron.outputs) if traces else 1,
        last=len(neuron.states),
    )
    return Forward(result.outputs, result.states)


def neuron_backward(
    neuron: Neuron,
    inputs: Sequence[Floats],
    decays: Sequence[Floats],
    states: Sequence[Floats],
    grads: Optional,
    threshold: Threshold,
    surrogate: Surrogate,
    *,
    latency: int = 0,
    decay_gradients: bool = False,
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
        simd: as in the forward call.

    Returns:
        Gradients of the inputs and of the decays that learn (empty if not asked for).
    """
    result = run(
        f"{neuron.name}_backward",
        [*_counted(inputs, neuron.inputs), *grads],
        neuron_settings(neuron, threshold, surrogate, latency=latency, simd=simd),
        parameters=_counted(decays, neuron.decays),
        states=_counted(states, neuron.states),
        outputs=len(neuron.inputs),
        learned=len(surrogate.learned(neuron.decays)) if decay_gradients else 0,
    )
    return Backward(result.outputs, result.gradients)


def _counted(arrays: Sequence[Floats], names: Sequence[str]) -> Sequence[Floats]:
    if len(arrays) != len(names):
        raise ValueError(
            f"there are {len(arrays)} arrays, needs one for each of {names}."
        )
    return arrays


def neuron_settings(
    neuron: Neuron,
    threshold: Threshold,
    surrogate: Surrogate | None = None,
    *,
    latency: int = 0,
    stepwise: bool = False,
    by_steps: bool = False,
    true_decays: bool = False,
    simd: str = "",
) -> Settings:
    """The scalars of a neuron's call, checked."""
    surrogate = surrogate or Surrogate(tau=1.0, scale=1.0)
    if surrogate.gradient not in ("slayer", "exact"):
        raise ValueError(
            f"gradient is {surrogate.gradient!r}, needs 'slayer' or 'exact'."
        )
    return settings(
        neuron.name,
        threshold.scale,
        threshold.value,
        threshold.step,
        surrogate.tau,
        surrogate.scale,
        threshold.graded,
        surrogate.exact,
        latency,
        surrogate_index(surrogate.shape),
        stepwise=stepwise,
        by_steps=by_steps,
        true_decays=true_decays,
        simd=simd,
    )
