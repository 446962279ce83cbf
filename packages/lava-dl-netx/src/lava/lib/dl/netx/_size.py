"""How large a layer is: weights, fan-out, states, bytes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native.layer import NEURONS
from lava.lib.dl.netx._native.order import Ints
from lava.lib.dl.netx._native.trained import KINDS
from lava.lib.dl.spec.layers import SynapseLayer


def matrices_of(layer: spec.Layer) -> list[Ints]:
    """The weights that a layer's file stores."""
    return [*layer.matrices.values()] if isinstance(layer, SynapseLayer) else []


def bits_of(weight: Ints) -> int:
    """Bits of the narrowest signed integer that holds all weights."""
    low, high = int(weight.min(initial=0)), int(weight.max(initial=0))
    return max(high, -low - 1, 0).bit_length() + 1


def states_of(layer: spec.Layer) -> int:
    """State variables of one neuron of the layer."""
    neuron: Any = getattr(layer, "neuron", None)
    kind = NEURONS.get(KINDS.get(type(neuron), ""))
    return len(kind["lava_states"] or kind["states"]) if kind else 0


def parameter_bytes(layer: spec.Layer) -> int:
    """Bytes of weights at their own width, of delays and of biases."""
    bits = sum(bits_of(weight) * weight.size for weight in matrices_of(layer))
    extras = {"delay": 8, "delay_rec": 8, "bias": 16, "bias_imag": 16}
    for name, width in extras.items():
        extra = getattr(layer, name, None)
        bits += 0 if extra is None else width * extra.size
    return math.ceil(bits / 8)


def neurons_of(layer: spec.Layer) -> int:
    """Number of neurons."""
    has = getattr(layer, "neuron", None) is not None
    return math.prod(layer.shape) if has else 0


def synapses_of(network: spec.Network, input_shape: tuple[int, ...]) -> int:
    """Number of synapses, those of a kernel counted at every place it is put.

    Args:
        network: The network.
        input_shape: Shape of its input.
    """
    count = 0
    for layer in network:
        if isinstance(layer, SynapseLayer):
            count += _synapses(layer, input_shape)
        input_shape = layer.shape
    return count


def _synapses(layer: SynapseLayer, input_shape: tuple[int, ...]) -> int:
    weights = matrices_of(layer)
    if isinstance(layer, spec.Dense):
        return sum(int(np.count_nonzero(weight)) for weight in weights)
    spreads = isinstance(layer, spec.ConvTranspose | spec.Unpool)
    positions = input_shape if spreads else layer.shape
    return sum(math.prod(positions) * weight[0].size for weight in weights)
