"""Descriptions of layers in lava-nc 0.10's arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native import synapses
from lava.lib.dl.netx._native.order import Fit, Ints, spread, spread_bias
from lava.lib.dl.spec import lava
from lava.lib.dl.spec.lava import MAX_DELAY, NO_NEURON, SIGMA_DELTA, prepare
from lava.lib.dl.spec.layers import JoiningLayer, NeuronLayer, SynapseLayer

Description = dict[str, Any]
X = 6
KINDS: dict[type[spec.Neuron], str] = {
    spec.Cuba: "cuba",
    spec.Rf: "rf",
    spec.RfIz: "rf_iz",
    spec.Adrf: "rf",
    spec.AdrfIz: "rf_iz",
    spec.SigmaDelta: "sigma_delta",
    spec.Sigma: "sigma",
}


class Builder:
    """Describes layers in turn; each receives what the one before sends.

    Args:
        options: Those of `netx.load`.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.graded_inputs = options["input_message_bits"] != 0
        self.rank = 0
        self._before: list[tuple[bool, int]] = []

    def enter(self, layer: spec.Layer) -> None:
        """Refuse what Lava has no process for; join what the layer's sources send."""
        if why := spec.missing(layer):
            raise ValueError(f"{why}; arithmetic='trained' runs it")
        self._before.append((self.graded_inputs, self.rank))
        if isinstance(layer, JoiningLayer):
            sources = [self._before[int(i) + 1] for i in layer.sources]
            values, ranks = zip(*sources, strict=True)
            self.graded_inputs = isinstance(layer, spec.Add) or any(values)
            self.rank = max(ranks)

    def pass_by(self, layer: spec.Layer) -> None:
        """Learn what a skipped layer would send."""
        self.enter(layer)
        if isinstance(layer, NeuronLayer) and (
            layer.neuron is not None or isinstance(layer, SynapseLayer)
        ):
            self.graded_inputs = isinstance(layer.neuron, SIGMA_DELTA)

    def describe(self, fit: Fit) -> Description:
        """As `trained.describe`, of a layer that `enter` has let pass."""
        layer, inputs = fit.layer, math.prod(fit.given)
        neuron = layer.neuron or NO_NEURON
        kind = KINDS[type(neuron)]
        if kind == "sigma_delta" and isinstance(layer, spec.Input):
            kind = "delta"
        description: Description = {
            "lava": True,
            "kind": kind,
            "inputs": inputs,
            "neurons": math.prod(layer.shape),
            "graded_inputs": self.graded_inputs,
        }
        if isinstance(layer, SynapseLayer):
            description.update(connections(fit))
        elif neuron.is_complex:
            description.update(_to_both_parts(inputs))
        description.update(self._neuron(layer, neuron, kind, fit.order))
        if kind == "cuba" and self.options["reset_interval"]:
            interval = self.options["reset_interval"]
            offset = self.options["reset_offset"] + 1 + self.rank
            description.update(reset_interval=interval, reset_offset=offset % interval)
        self.graded_inputs = kind in ("delta", "sigma_delta", "sigma")
        self.rank += 1
        return description

    def _neuron(
        self, layer: NeuronLayer, neuron: Any, kind: str, order: Ints
    ) -> Description:
        def row(value: Any) -> Ints:
            return spread(value, layer.shape, order)

        exponent = self.options["spike_exp"]
        bias = getattr(layer, "bias", None)
        if bias is None or not isinstance(layer, SynapseLayer) or layer.is_complex:
            bias = np.zeros(1, np.int64)
        bias = spread_bias(bias, layer.shape, order).astype(np.int64)
        if kind == "cuba":
            mantissa = bias.astype(np.int16).astype(np.int32)
            return {
                "current_decay": row(neuron.current_decay),
                "voltage_decay": row(neuron.voltage_decay),
                "threshold": min(neuron.threshold << X, 2**31 - 1),
                "lava_bias": mantissa << X,
            }
        if kind in ("rf", "rf_iz"):
            sine, cosine = lava.recomputed(neuron.sin_decay, neuron.cos_decay)
            return {
                "sin_decay": row(sine),
                "cos_decay": row(cosine),
                "threshold": min(neuron.threshold << X, 2**31 - 1),
            }
        if kind == "sigma":
            return {}
        theta = row(neuron.threshold).astype(np.int64) << (exponent + X)
        extra = {"shift": [exponent + X]} if kind == "delta" else {}
        up = (bias << (exponent + X)).astype(np.int32)
        return {"thresholds": theta, "lava_bias": up, **extra}


def _to_both_parts(neurons: int) -> Description:
    """An input layer of resonators receives its data as real and as imaginary part."""
    part = synapses.sparse(np.eye(neurons, dtype=np.int64))
    return {"forward": [[part], [part]], "shift": [0, 0], "graded_inputs": True}


def connections(fit: Fit) -> Description:
    """Synapses; each adds one step, so that none has a delay below 1."""
    layer, input_shape, order_in, _, sparsely = fit
    if isinstance(layer, spec.Conv):
        part = synapses.kernel(layer, layer.weight, input_shape, order_in)
        return {"forward": [[{**part, "delay": 1}]], "wraps24": True}
    make = synapses.sparse if sparsely else synapses.matrix
    planes = [layer.weight]
    planes += [] if layer.weight_imag is None else [layer.weight_imag]
    if layer.is_complex:
        ready = [prepare(plane) for plane in planes]
        forward = [[make(parts[0], order_in, 1)] for parts, _ in ready]
        return {"forward": forward, "shift": [bits for _, bits in ready]}
    return _real(fit, make)


def _real(fit: Fit, make: Any) -> Description:
    layer, _, order_in, order, sparsely = fit
    rec = getattr(layer, "weight_rec", None)
    parts, bits = prepare(layer.weight, *([] if rec is None else [rec]))
    delay = None if layer.delay is None else np.minimum(layer.delay, MAX_DELAY)
    # Delayed recurrent layers lose their exponent.
    description: Description = {
        "shift": [0 if delay is not None and rec is not None else bits],
        # Delayed matrices sum up in 64 bits what they multiply in 32.
        "wide_sums": delay is not None and not sparsely,
    }
    if delay is None or delay.shape in {(1,), (layer.shape[0],)}:
        if delay is not None:
            description["delay"] = spread(delay, layer.shape, order)
        description["forward"] = [[make(parts[0], order_in, 1)]]
        description["back"] = [] if rec is None else [[make(parts[1], None, 1)]]
        return description
    delays = [np.broadcast_to(delay, part.shape) + 1 for part in parts]
    description["forward"] = [synapses.delayed(parts[0], order_in, delays[0], sparsely)]
    if rec is not None:
        description["back"] = [synapses.delayed(parts[1], None, delays[1], sparsely)]
    return description
