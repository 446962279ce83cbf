"""How many synapses each input of a layer reaches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Ints, Shape, flat_order
from lava.lib.dl.netx._native.synapses import kernel
from lava.lib.dl.spec.layers import SynapseLayer

Counts = npt.NDArray[np.int64]


def fan_out(layer: spec.Layer, input_shape: Shape) -> Counts:
    """Synapses with a nonzero weight that leave each input.

    Args:
        layer: The layer.
        input_shape: Shape of its input in the file's order, (neurons,) or (channels,
            height, width).

    Returns:
        int64 of shape ``input_shape``; complex layers count both parts.
    """
    total = np.zeros(input_shape, np.int64)
    if isinstance(layer, SynapseLayer):
        planes = (layer.weight, layer.weight_imag)
        count = _dense if isinstance(layer, spec.Dense) else _kernel
        total += sum(count(layer, w, input_shape) for w in planes if w is not None)
    return total


def recurrent_fan_out(layer: spec.Layer) -> Counts:
    """Synapses with a nonzero weight from each neuron of the layer back into it."""
    total = np.zeros(layer.shape, np.int64)
    for name in ("weight_rec", "weight_rec_imag"):
        weight = getattr(layer, name, None)
        if weight is not None:
            total += np.count_nonzero(weight, axis=0)
    return total


def _dense(layer: SynapseLayer, weight: Ints, input_shape: Shape) -> Counts:
    total: Counts = np.count_nonzero(weight, axis=0).reshape(input_shape)
    return total


def _kernel(layer: SynapseLayer, weight: Ints, input_shape: Shape) -> Counts:
    """Those of the runs of weights that each input adds."""
    part = kernel(layer, weight, input_shape, flat_order(input_shape))
    length = part["length"]
    nonzero = np.count_nonzero(part["values"].reshape(-1, length), axis=1)
    upto = np.append(0, np.cumsum(nonzero[part["weight"] // length]))
    total: Counts = np.diff(upto[part["begin"]]).reshape(input_shape)
    return total
