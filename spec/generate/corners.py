"""Cases at the edge of what the arithmetic says."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np

import pieces as make
from cases import STEPS, Case, fed, spikes
from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec.network import Network
from special import dense, ints

SILENT = layers.SILENT_THRESHOLD


def corners() -> Iterator[Case]:
    """All of them."""
    rng = Random("corners")
    for part in (epsilons, wide, rounded, parameters, delays, kernels, own_biases):
        yield from part(rng)


def epsilons(rng: Random) -> Iterator[Case]:
    """Voltages that meet the threshold exactly."""
    for threshold in (4095, 4096, 8192):
        neuron = neurons.Cuba(4096, 0, threshold)
        data = np.tile(np.array([[1.0], [0.0]], dtype=np.float32), STEPS)
        data[1, 3] = 1
        network = one_neuron(neuron, threshold, 64)
        yield Case(f"corner-epsilon-{threshold}", network, data, clauses=("A4.1",))


def one_neuron(neuron: neurons.Neuron, *weights: int) -> Network:
    """A dense layer of a single neuron."""
    return Network([layers.Dense((1,), np.array([weights]), neuron=neuron)])


def wide(rng: Random) -> Iterator[Case]:
    """States that 32-bit floats, or 32-bit integers, don't hold."""
    for name, slow in {"current": (0, 4096), "voltage": (4096, 0)}.items():
        network = one_neuron(neurons.Cuba(*slow, SILENT), 100_000, -3)
        # Fractions of 1/64 reach the last bit of the state.
        data = spikes(rng, (2,), 0.9)
        data[1] = [rng.randrange(64) / 64 for _ in range(STEPS)]
        yield Case(f"corner-wide-{name}", network, data, clauses=("A1.2",))
    network = one_neuron(neurons.Cuba(0, 0, SILENT), 2**20, -3)
    factors = np.array([[1024.0], [1.0]], dtype=np.float32)
    data = spikes(Random("huge"), (2,), 0.8) * factors
    yield Case("corner-huge", network, data, clauses=("A1.1", "A1.2"))


def rounded(rng: Random) -> Iterator[Case]:
    """Sums of more than 24 bits."""
    weight = np.array([[2**23 - 1, 2**23, 2**23, 2], [2**23, 2**23, 2**23, 1]])
    summing = layers.Dense((2,), weight, neuron=neurons.Cuba(4096, 4096, 40))
    plain = layers.Dense((2,), weight)
    for name, layer in {"state": summing, "sum": plain}.items():
        data = spikes(rng, (4,), 0.9)
        case = f"corner-rounded-{name}"
        yield Case(case, Network([layer]), data, clauses=("A2.1",))


def parameters(rng: Random) -> Iterator[Case]:
    """Parameters at their ends, and those that few files use."""
    hints = make.neuron("cuba", rng, refractory_delay=5, message_bits=8)
    clauses = ("4.12", "A4.15")
    yield one("corner-no-effect", rng, "cuba", neuron=hints, clauses=clauses)
    zero = neurons.Cuba(1000, 500, 0)
    yield one("corner-threshold-zero", rng, "cuba", neuron=zero)
    yield one("corner-threshold-sdnn", rng, "sdnn", neuron=neurons.SigmaDelta(0))
    rows = neurons.SigmaDelta(ints(2, 9, 30))
    yield one("corner-threshold-row", rng, "sdnn", neuron=rows)
    summed = neurons.SigmaDelta(20, cum_error=True)
    yield one("corner-cum_error", rng, "sdnn", neuron=summed)
    own = neurons.SigmaDelta(6, bias=np.array([0.1, -0.7, 1.3]))
    yield one("corner-own-bias", rng, "sdnn", neuron=own, bias=[4, -8, 12])
    linear = neurons.SigmaDelta(6, activation="identity")
    yield one("corner-identity", rng, "sdnn", neuron=linear)


def own_biases(_: Random) -> Iterator[Case]:
    """Sigma-delta neurons' own biases, one a channel or one a neuron."""
    for name, count in {"channel": 2, "neuron": 18}.items():
        rng = Random(f"own bias {name}")
        row = neurons.SigmaDelta(6, bias=np.array([rng.random() for _ in range(count)]))
        spatial = make.layer("conv", "sdnn", rng, neuron=row)
        data = fed("sdnn", rng, (2, make.HEIGHT, make.WIDTH))
        case = f"corner-own-bias-{name}"
        yield Case(case, Network([spatial]), data, clauses=("4.2",))


def delays(rng: Random) -> Iterator[Case]:
    """Delays of inputs, of synapses, and long ones."""
    shapes: dict[str, Any] = {
        "inputs": [0, 1, 2, 3, 9],
        "matrix": [[(3 * i + j) % 7 for j in range(5)] for i in range(3)],
        "long": [15],
    }
    for name, delay in shapes.items():
        yield one(f"corner-delay-{name}", rng, "cuba", delay=delay)


def kernels(rng: Random) -> Iterator[Case]:
    """Groups with dilation, and a bias per neuron."""
    shape = (2, make.HEIGHT, make.WIDTH)
    for family in ("cuba", "rf"):
        parts = {"weight": make.weight(rng, 4, 1, 2, 2)}
        if family == "rf":
            parts["weight_imag"] = make.weight(rng, 4, 1, 2, 2)
        neuron = make.neuron(family, rng)
        more: dict[str, Any] = {"dilation": (2, 2), "groups": 2, "neuron": neuron}
        grouped = layers.Conv((4, 3, 2), **parts, **more)
        yield Case(f"corner-groups-{family}", Network([grouped]), spikes(rng, shape))
    full = [rng.randrange(-20, 20, 2) for _ in range(18)]
    biased = make.layer("conv", "cuba", rng, bias=full)
    data = spikes(rng, shape)
    yield Case("corner-bias-full", Network([biased]), data)
    turned = make.layer("conv", "cuba", rng, bias=np.reshape(full, (3, 3, 2)))
    yield Case("corner-bias-axes", Network([turned]), data)


def one(
    name: str, rng: Random, family: str, clauses: tuple[str, ...] = (), **more: Any
) -> Case:
    """A single dense layer."""
    network = Network([dense(rng, family, 5, 3, **more)])
    return Case(name, network, fed(family, rng, (5,)), clauses=clauses)
