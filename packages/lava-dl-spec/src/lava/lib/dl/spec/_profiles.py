"""What a target can't run, would ignore, or would clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec._codec import IntArray
from lava.lib.dl.spec._deviations import deviations
from lava.lib.dl.spec._problem import ERROR, WARNING, Problem, problem
from lava.lib.dl.spec.lava import MAX_DELAY
from lava.lib.dl.spec.network import Network

# Published for Loihi 2: Intel's technology brief and the public documentation of Lava.
NEURONS_PER_CORE = 8192
CORES_PER_CHIP = 128
FAN_IN_PER_CORE = 4096
WEIGHT_RANGE = (-256, 255)
BIAS_BITS = 13
STATE_BITS = 24


def remarks(network: Network) -> Iterator[Problem]:
    """What a legal file says that no arithmetic of the format keeps."""
    for index, layer in enumerate(network.layers):
        delay = getattr(getattr(layer, "neuron", None), "refractory_delay", 1)
        if delay != 1:
            told = f"refDelay {delay} has no effect; write 1"
            yield problem(
                "refractory", f"/layer/{index}/neuron/refDelay", told, WARNING
            )


def lava(network: Network) -> Iterator[Problem]:
    """Where lava-nc 0.10 departs from what the file means, or can't run it."""
    for index, layer in enumerate(network.layers):
        for each in deviations(layer):
            path = f"/layer/{index}/{each.path}"
            yield problem(each.code, path, str(each), each.severity)


def loihi2(network: Network) -> Iterator[Problem]:
    """What exceeds the published limits of Loihi 2."""
    cores = 0
    for index, layer in enumerate(network.layers):
        for violation in _chip_layer(layer):
            yield violation.under(f"/layer/{index}")
        if isinstance(layer, kinds.NeuronLayer):
            cores += math.ceil(math.prod(layer.shape) / NEURONS_PER_CORE)
    if cores > CORES_PER_CHIP:
        yield chip(
            "/layer", f"{cores} cores at least; a chip has {CORES_PER_CHIP}", WARNING
        )


def chip(path: str, message: str, severity: str = ERROR) -> Problem:
    """A value beyond the chip's limits."""
    return problem("loihi2-limit", path, message, severity)


def _chip_layer(layer: kinds.Layer) -> Iterator[Problem]:
    if isinstance(layer, kinds.SynapseLayer):
        yield from _chip_synapses(layer)
    for name in ("bias", "bias_imag"):
        bias = getattr(layer, name, None)
        if bias is not None and np.max(np.abs(bias)) >= 2 ** (BIAS_BITS - 1):
            yield chip(name, f"biases must fit {BIAS_BITS} bits with sign")
    threshold = getattr(getattr(layer, "neuron", None), "threshold", None)
    if threshold is not None and np.max(threshold) * 64 >= 2 ** (STATE_BITS - 1):
        yield chip(
            "neuron/vThMant", f"never reached by a {STATE_BITS}-bit state", WARNING
        )


def _chip_synapses(layer: kinds.SynapseLayer) -> Iterator[Problem]:
    low, high = WEIGHT_RANGE
    for path, weight in _weights_of(layer):
        if weight.min() < low or weight.max() > high:
            yield chip(path, f"weights must be in {low}..{high} (8 bits and a sign)")
    for path in ("delay", "delay_rec"):
        delay = getattr(layer, path, None)
        if delay is not None and delay.max() > MAX_DELAY:
            yield chip(path, f"delays must be at most {MAX_DELAY} steps")
    inputs = fan_in(layer)
    if inputs > FAN_IN_PER_CORE:
        yield chip(
            "weight",
            f"{inputs} inputs per neuron; a core has {FAN_IN_PER_CORE} input axons",
            WARNING,
        )


def _weights_of(layer: kinds.SynapseLayer) -> Iterator[tuple[str, IntArray]]:
    """Path and values of all weights; lateral ones as the two numbers they are."""
    yield from layer.matrices.items()
    if isinstance(layer, kinds.Kwta):
        yield "selfExcitation", np.array([layer.self_excitation])
        yield "inhibition", np.array([layer.inhibition])


def fan_in(layer: kinds.SynapseLayer) -> int:
    """The largest number of synapses that end in one neuron."""
    if isinstance(layer, (kinds.ConvTranspose, kinds.Unpool)):
        sizes = zip(layer.kernel_size, layer.stride, strict=True)
        groups = getattr(layer, "groups", 1)
        sources = int(layer.weight.shape[0]) // int(groups)
        return sources * math.prod(math.ceil(size / step) for size, step in sizes)
    back = layer.shape[0] if isinstance(layer, (kinds.Recurrent, kinds.Kwta)) else 0
    return int(layer.weight[0].size) + back


PROFILES: Final[dict[str, Callable[[Network], Iterator[Problem]]]] = {
    "format": lambda network: iter(()),
    "lava": lava,
    "loihi2": loihi2,
}
