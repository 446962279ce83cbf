"""Layers whose synapses are a matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

import numpy as np

from lava.lib.dl.spec._codec import Array, IntArray, Integer
from lava.lib.dl.spec._layer import (
    COUNT,
    LONGEST_DELAY,
    WIDE,
    BiasedLayer,
    imaginary,
    misfit,
    weights,
)
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import Derived, dataset, derived, optional

_DENSE = ("output", "input")
_LATERAL = Integer("int64", *WIDE)
_RETURNING = dataset(
    "delay_rec",
    Array(low=0, high=LONGEST_DELAY),
    "delay of what returns, beyond its one step",
    unit="step",
    axes=("1 | output",),
)


def flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """``(n,)`` for ``(n,)``, ``(n, 1, 1)`` and ``(1, 1, n)``."""
    return (math.prod(shape),)


@dataclass(frozen=True, eq=False)
class Dense(BiasedLayer):
    """All-to-all synapses (``dense``), with neurons or, as a read-out, without.

    Attributes:
        weight: Shape (outputs, inputs).
        delay: One per output or one for all delays outputs; a row of one per input, or
            a matrix shaped as ``weight``, delays inputs.
    """

    type: ClassVar[str] = "dense"
    aliases: ClassVar[tuple[str, ...]] = ("dense_comp",)
    derived: ClassVar[Derived] = (
        derived("inFeatures", COUNT, "number of inputs", "in_features"),
        derived("outFeatures", COUNT, "number of outputs", "out_features"),
    )
    weight: IntArray = field(metadata=weights("weight", 2, _DENSE))
    _: KW_ONLY
    weight_imag: IntArray | None = imaginary("weight", 2, _DENSE)
    delay: IntArray | None = optional(
        "delay",
        Array(low=0, high=LONGEST_DELAY, ranks=(1, 2)),
        "delay of the outputs or of the inputs",
        unit="step",
        axes=("1 | output | input | output, input",),
    )

    def arrange(self) -> None:
        """Older files store one neuron's weights as a row, and (n, 1, 1) as shape."""
        super().arrange()
        self.set(shape=flat(self.shape))
        for name in ("weight", "weight_imag"):
            weight = getattr(self, name)
            if (
                weight is not None
                and weight.ndim == 1
                and not weight.size % self.shape[0]
            ):
                self.set(**{name: weight.reshape(self.shape[0], -1)})

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return int(self.weight.shape[1])

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return int(self.weight.shape[0])

    @property
    def delay_shapes(self) -> set[tuple[int, ...]]:
        """One, one per output, one per input, or one per synapse."""
        return {(1,), (self.out_features,), (self.in_features,), self.weight.shape}

    def check(self) -> Iterator[Problem]:
        """The weights have one row per output."""
        if self.weight.ndim != 2:
            told = f"{self.shape[0]} neurons can't share {self.weight.size} weights"
            yield problem("features", "weight", told)
            return
        yield from super().check()
        returning, one_each = getattr(self, "delay_rec", None), {(1,), (self.channels,)}
        yield from misfit("delay", "delay_rec", returning, one_each)
        if self.out_features != self.shape[0]:
            told = (
                f"weight has {self.out_features} rows, but the layer has "
                f"{self.shape[0]} neurons; they must be the same"
            )
            yield problem("features", "weight", told)


@dataclass(frozen=True, eq=False)
class Recurrent(Dense):
    """Dense synapses plus synapses from the layer to itself (``dense_rec``).

    Attributes:
        weight_rec: Shape (outputs, outputs); acts on the spikes of the step before.
    """

    type: ClassVar[str] = "dense_rec"
    aliases: ClassVar[tuple[str, ...]] = ()
    weight_rec: IntArray = field(
        metadata=weights("weight_rec", 2, ("output", "output"))
    )
    _: KW_ONLY
    weight_rec_imag: IntArray | None = imaginary("weight_rec", 2, ("output", "output"))

    def check(self) -> Iterator[Problem]:
        """The recurrent weights are square."""
        yield from super().check()
        square = (self.out_features, self.out_features)
        for name in ("weight_rec", "weight_rec_imag"):
            weight = getattr(self, name)
            if weight is not None and weight.shape != square:
                told = f"{name} has shape {weight.shape}, needed is {square}"
                yield problem("features", name.replace("_imag", "/imag"), told)
        if (self.weight_rec_imag is None) == self.is_complex:
            told = "weight and weight_rec must both be real or both complex"
            yield problem("complex-pair", "weight_rec", told)


@dataclass(frozen=True, eq=False)
class RecurrentDelay(Recurrent):
    """A recurrent layer with delays on its recurrent axons (``dense_rec_delay``).

    Attributes:
        delay_rec: Steps by which the output of each neuron acts later than the next
            step on the layer itself; one per output, or one for all.
    """

    type: ClassVar[str] = "dense_rec_delay"
    delay_rec: IntArray = field(kw_only=True, metadata=_RETURNING)


@dataclass(frozen=True, eq=False)
class Kwta(Dense):
    """Dense synapses with lateral inhibition: k winners take all (``kwta``).

    Each neuron excites itself by ``self_excitation`` and inhibits every other by
    ``inhibition``, both acting on the spikes of the step before; ``drive`` lifts all.

    Attributes:
        num_winners: The k for which the bias was chosen.
        self_excitation: Weight of a neuron on itself.
        inhibition: Weight of a neuron on every other.
        drive: Added to every neuron's synaptic sum at every step.
    """

    type: ClassVar[str] = "kwta"
    aliases: ClassVar[tuple[str, ...]] = ()
    num_winners: int = field(
        metadata=dataset("numWinners", COUNT, "number of winners, k", unit="count")
    )
    self_excitation: int = field(
        metadata=dataset(
            "selfExcitation", _LATERAL, "weight of a neuron on itself", unit="1/S"
        )
    )
    _: KW_ONLY
    inhibition: int = optional(
        "inhibition", _LATERAL, "weight of a neuron on every other", -64, unit="1/S"
    )
    drive: int = optional("drive", _LATERAL, "added to every sum", 0, unit="1/S")

    @property
    def weight_rec(self) -> IntArray:
        """The lateral weights as a matrix."""
        weight = np.full((self.shape[0],) * 2, self.inhibition, dtype=np.int32)
        np.fill_diagonal(weight, self.self_excitation)
        return weight


@dataclass(frozen=True, eq=False)
class KwtaDelay(Kwta):
    """K winners take all with delays on the lateral axons (``kwta_delay``).

    Attributes:
        delay_rec: As of :class:`RecurrentDelay`.
    """

    type: ClassVar[str] = "kwta_delay"
    delay_rec: IntArray = field(kw_only=True, metadata=_RETURNING)
