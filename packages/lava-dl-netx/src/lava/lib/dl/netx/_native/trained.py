"""Descriptions of layers in the trainer's arithmetic."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.core.runtime import neurons
from lava.lib.dl.netx._native import synapses
from lava.lib.dl.netx._native.order import Fit, Ints, spread, spread_bias
from lava.lib.dl.spec.layers import NeuronLayer, SynapseLayer
from lava.lib.dl.spec.schema import neuron_kinds


def snake_case(name: str) -> str:
    """``SigmaDelta`` as ``sigma_delta``."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


KINDS = {
    kind: snake_case(kind.__name__)
    for kind in neuron_kinds()
    if snake_case(kind.__name__) in neurons()
}
"""The kernels have the names of the records."""
ACTIVATIONS = ("relu", "identity")
Description = dict[str, Any]


def describe(fit: Fit) -> Description:
    """What the kernels need to run a layer.

    Raises:
        ValueError: There is no arithmetic for the neuron kind or its activation.
    """
    layer, order = fit.layer, fit.order
    result: Description = {
        "kind": kind_of(layer),
        "inputs": math.prod(fit.given),
        "neurons": math.prod(layer.shape),
        "weight_scale": layer.weight_scale,
        "voltage": layer.readout == "voltage",
        "delay": output_delays(layer, order),
    }
    if isinstance(layer, SynapseLayer):
        result.update(_connections(fit))
    if layer.readout != "sum" and layer.neuron is not None:
        result.update(neuron_parameters(layer, layer.neuron, order))
        result.update(norm(layer, layer.neuron, order))
    return result


def kind_of(layer: NeuronLayer) -> str:
    """The kernels' name of the neuron kind."""
    if layer.readout == "sum":
        return "none"
    kind = KINDS.get(type(layer.neuron)) if layer.neuron else None
    if kind is None:
        raise ValueError(f"there is no arithmetic for neuron {layer.neuron!r:.60}")
    return "delta" if kind == "sigma_delta" and layer.type == "input" else kind


def output_delays(layer: NeuronLayer, order: Ints) -> Ints:
    """Steps by which each output is late."""
    delays = np.full(len(order), int(layer.delay_shift))
    delay = getattr(layer, "delay", None)
    if delay is not None and synapses.input_delays(layer) is None:
        delays = delays + spread(delay, layer.shape, order)
    return delays if delays.any() else delays[:0]


def _connections(fit: Fit) -> Description:
    """Forward and feedback synapses; of a complex sum those of the imaginary part."""
    layer = fit.layer
    first = int(layer.is_complex and layer.readout == "sum")
    planes = [layer.weight, layer.weight_imag][first:]
    forward = [_plane(fit, w) for w in planes if w is not None]
    description: Description = {"forward": forward}
    back = _recurrent_weights(layer)[first:]
    description["back"] = [_returning(layer, w) for w in back if w is not None]
    if isinstance(layer, spec.Kwta) and not first:
        description["offset"] = layer.drive
    return description


def _recurrent_weights(layer: SynapseLayer) -> list[Ints | None]:
    """Those of the real and of the imaginary part."""
    return [getattr(layer, n, None) for n in ("weight_rec", "weight_rec_imag")]


def _returning(layer: SynapseLayer, weight: Ints) -> list[synapses.Part]:
    """Recurrent synapses, one step late and by what the layer's axons delay."""
    delays = synapses.recurrent_delays(layer) + 1
    return synapses.delayed(weight, None, np.broadcast_to(delays, weight.shape), False)


def sums(fit: Fit) -> list[Description]:
    """The synapses alone: one description for the real sum, one for the imaginary.

    Where a layer feeds back, what it sent follows the inputs, a step late.
    """
    layer = fit.layer
    if not isinstance(layer, SynapseLayer):
        return []
    back = _recurrent_weights(layer)
    returned = math.prod(layer.shape) if back[0] is not None else 0
    shared = {
        "kind": "none",
        "inputs": math.prod(fit.given) + returned,
        "neurons": math.prod(layer.shape),
        "weight_scale": layer.weight_scale,
        "delay": np.zeros(0, int),
        "back": [],
    }
    planes = zip((layer.weight, layer.weight_imag), back, strict=True)
    descriptions = [
        {**shared, "forward": [_whole(fit, w, b)]} for w, b in planes if w is not None
    ]
    if isinstance(layer, spec.Kwta):
        descriptions[0]["offset"] = layer.drive
    return descriptions


def _whole(fit: Fit, weight: Ints, back: Ints | None) -> list[synapses.Part]:
    """A plane whose inputs are those of the layer, then what it sends itself."""
    if back is None:
        return _plane(fit, weight)
    delay = synapses.input_delays(fit.layer)
    forward_delays = np.broadcast_to(0 if delay is None else delay, weight.shape)
    own = np.broadcast_to(synapses.recurrent_delays(fit.layer), back.shape)
    weights = np.hstack([weight[:, fit.order_in], back])
    delays = np.hstack([forward_delays[:, fit.order_in], own])
    return synapses.delayed(weights, None, delays, fit.sparsely)


def _plane(fit: Fit, weight: Ints) -> list[synapses.Part]:
    layer, input_shape, order_in, _, sparsely = fit
    if not isinstance(layer, spec.Dense):
        return [synapses.kernel(layer, weight, input_shape, order_in)]
    delay = synapses.input_delays(layer)
    if delay is None:
        return [(synapses.sparse if sparsely else synapses.matrix)(weight, order_in)]
    delays = np.broadcast_to(delay, weight.shape)
    return synapses.delayed(weight, order_in, delays, sparsely)


def neuron_parameters(layer: NeuronLayer, neuron: Any, order: Ints) -> Description:
    """Decays, thresholds and flags, states in units of 1 / (64 weight_scale)."""

    def row(value: Any) -> Ints:
        return spread(value, layer.shape, order)

    parameters: Description = {"graded": bool(getattr(neuron, "graded_spike", False))}
    if isinstance(neuron, spec.SigmaDelta):
        if neuron.activation not in ACTIVATIONS and layer.type != "input":
            raise ValueError(
                f"there is no arithmetic for activation {neuron.activation!r}; "
                f"known are {', '.join(ACTIVATIONS)}"
            )
        parameters.update(
            thresholds=row(neuron.threshold),
            cumulative=neuron.cum_error,
            rectified=neuron.activation == "relu",
        )
        if neuron.bias is not None:
            parameters["own_bias"] = row(neuron.bias)
    elif not isinstance(neuron, spec.Sigma):
        parameters["threshold"] = 64 * neuron.threshold
    for name in (f.name for f in fields(neuron) if f.name.endswith("_decay")):
        parameters[name] = row(getattr(neuron, name))
    if hasattr(neuron, "threshold_step"):
        parameters["threshold_step"] = 64 * neuron.threshold_step
    return parameters


def norm(layer: NeuronLayer, neuron: Any, order: Ints) -> Description:
    """Bias and power of two of the norm, where there are any."""
    description: Description = {}
    for end, bias in zip(("", "_imag"), layer.norm_biases, strict=True):
        if bias is not None:
            row = spread_bias(bias, layer.shape, order)
            description[f"bias{end}"] = (row / layer.weight_scale).astype(np.float32)
        exponent = getattr(neuron, f"weight_exp{end}", None)
        if exponent is not None:
            most = neuron.weight_exp_bits
            power = np.clip(spread(exponent, layer.shape, order), -most, most)
            description[f"factor{end}"] = np.exp2(-power.astype(np.float64))
    return description
