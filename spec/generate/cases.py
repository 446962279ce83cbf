"""The valid cases: networks, what is fed, and the clauses each one covers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pieces as make
from lava.lib.dl.spec import layers
from lava.lib.dl.spec.conformance._expected import Arrays, run_reference
from lava.lib.dl.spec.network import Network

STEPS = 20
Data = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """One valid case.

    Attributes:
        name: Its name, unique in the suite.
        network: The network.
        data: What is fed, shape of the input + (time,).
        arithmetic: ``"trained"`` or ``"lava"``.
        options: Options of the run.
        steps: Number of time steps.
        clauses: Clauses covered beyond those that follow from the network.
        older: Changes the file into a layout of older writers.
    """

    name: str
    network: Network
    data: Data
    arithmetic: str = "trained"
    options: dict[str, Any] = field(default_factory=dict)
    steps: int = STEPS
    clauses: tuple[str, ...] = ()
    older: Callable[[Any], None] | None = None

    @cached_property
    def expected(self) -> Arrays:
        """Outputs and states that the reference computes."""
        return run_reference(
            self.network, self.data, self.steps, self.arithmetic, self.options
        )


def spikes(rng: Random, shape: tuple[int, ...], rate: float = 0.35) -> Data:
    """Random spikes."""
    count = math.prod(shape) * STEPS
    train = [float(rng.random() < rate) for _ in range(count)]
    return np.array(train, dtype=np.float32).reshape(*shape, STEPS)


def messages(rng: Random, shape: tuple[int, ...], top: int = 3000) -> Data:
    """Random graded messages, multiples of 1/4096, most of them zero."""
    count = math.prod(shape) * STEPS
    train = [rng.randint(-top, top) * (rng.random() < 0.3) / 4096 for _ in range(count)]
    return np.array(train, dtype=np.float32).reshape(*shape, STEPS)


def fed(family: str, rng: Random, shape: tuple[int, ...]) -> Data:
    """What a layer of that family receives from a layer of the same."""
    return messages(rng, shape) if family == "sdnn" else spikes(rng, shape)


VARIANTS: dict[str, Callable[[str, Random, int], dict[str, Any]]] = {
    "plain": lambda family, rng, n: {},
    "bias": lambda family, rng, n: biases(family, rng, n),
    "exponent": lambda family, rng, n: exponent(family, rng, n),
    "delay": lambda family, rng, n: {"delay": [rng.randint(0, 5) for _ in range(n)]},
    "one_delay": lambda family, rng, n: {"delay": [3]},
    "channels": lambda family, rng, n: {"neuron": make.neuron(family, rng, n)},
    "graded": lambda family, rng, n: {
        "neuron": make.neuron(family, rng, graded_spike=True)
    },
    "shift": lambda family, rng, n: {"delay_shift": family == "sdnn"},
    "scale": lambda family, rng, n: {"weight_scale": 32},
    "uneven": lambda family, rng, n: {"weight_scale": 100, **biases(family, rng, n)},
    "voltage": lambda family, rng, n: {"readout": "voltage"},
    "sum": lambda family, rng, n: {"readout": "sum", "neuron": None},
}


def biases(family: str, rng: Random, n: int) -> dict[str, Any]:
    """Biases of a norm, as older writers give them and, if complex, in two parts."""
    given = {"bias": [rng.randrange(-30, 40, 2) for _ in range(n)]}
    if family in make.COMPLEX:
        given["bias_imag"] = [rng.randrange(-30, 40, 2) for _ in range(n)]
    return given


def exponent(family: str, rng: Random, n: int) -> dict[str, Any]:
    """A scaling norm: an exponent for all channels, or beyond its clamp."""
    more: dict[str, Any] = {"weight_exp": [rng.choice([-1, 1, 2])]}
    if family in make.COMPLEX:
        more["weight_exp_imag"] = [rng.choice([-1, 0, 1])]
    if rng.random() < 0.5:
        more |= {"weight_exp": [-4], "weight_exp_bits": 1}
    return {**biases(family, rng, n), "neuron": make.neuron(family, rng, **more)}


PLAN: dict[str, tuple[str, ...]] = {
    "dense": tuple(VARIANTS),
    "conv": tuple(v for v in VARIANTS if v not in ("scale", "uneven", "sum")),
    "convT": ("plain", "bias", "delay", "channels"),
    "pool": ("plain", "delay", "graded", "channels"),
    "unpool": ("plain", "delay", "shift"),
    "dense_rec": ("plain", "bias", "delay", "graded"),
    "kwta": ("plain", "shift"),
    "dense_rec_delay": ("plain", "delay", "graded"),
    "kwta_delay": ("plain",),
}


def applies(kind: str, family: str, variant: str) -> bool:
    """Whether a combination exists."""
    if family == "sdnn":
        return variant not in ("channels", "graded", "voltage")
    return not (family == "alif" and variant == "voltage")


def single_layers() -> Iterator[Case]:
    """Every layer kind with every neuron kind and option."""
    for kind, variants in PLAN.items():
        for family in make.NEURONS:
            for variant in variants:
                if applies(kind, family, variant):
                    yield firing(f"{kind}-{family}-{variant}", kind, family, variant)


def firing(name: str, kind: str, family: str, variant: str) -> Case:
    """A case whose output is not all zero, so that it says something."""
    for attempt in range(50):
        rng = Random(f"{name} {attempt}")
        size = 2 if kind in make.KERNELS else 3
        more = VARIANTS[variant](family, rng, size)
        layer = make.layer(kind, family, rng, **more)
        shape = make.given_shape(kind)
        case = Case(name, Network([layer]), fed(family, rng, shape))
        if says_something(case):
            return case
    raise RuntimeError(f"no seed makes {name} fire")


def says_something(case: Case) -> bool:
    """Whether the output varies."""
    return len(np.unique(case.expected["output"])) > 1


def inputs() -> Iterator[Case]:
    """Input layers: with each neuron kind, with and without weight and bias."""
    options: dict[str, dict[str, Any]] = {
        "plain": {},
        "scaled": {"weight": 96, "bias": 8},
        "bias": {"bias": -12},
        "noshift": {"delay_shift": False, "weight": 200},
        "uneven": {"weight_scale": 100, "weight": 137, "bias": -11},
    }
    for family in make.NEURONS:
        for variant, more in options.items():
            yield entering(f"input-{family}-{variant}", family, more)
        if family != "sdnn":
            yield entering(f"input-{family}-norm", family, norm_of_input(family))
    for variant, more in {"plain": {}, "shift": {"delay_shift": True}}.items():
        yield entering(f"input-none-{variant}", None, more)
    scaled = {"weight_scale": 100, "weight": 137, "bias": -11}
    yield entering("input-none-uneven", None, scaled)


def norm_of_input(family: str) -> dict[str, Any]:
    """A norm's biases, of two parts where the neurons are complex."""
    found = {"norm_bias": [8, -6, 0, 20, 4, -30]}
    return {**found, "norm_bias_imag": [12]} if family in make.COMPLEX else found


def entering(name: str, family: str | None, more: dict[str, Any]) -> Case:
    """An input layer that is fed real numbers."""
    rng = Random(name.replace("-", " "))
    neuron = None if family is None else make.neuron(family, rng)
    layer = layers.Input((6,), neuron=neuron, **more)
    values = [rng.uniform(-3.9, 4.5) for _ in range(6 * STEPS)]
    data = np.array(values, dtype=np.float32).reshape(6, STEPS)
    return Case(name, Network([layer]), data)
