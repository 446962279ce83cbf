"""Neurons of a file as NIR's, and what that asks of the synapses before them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._nir import DECAY_UNIT, Reals, along_channels, nir

SMALL_RESISTANCE = 2.0**-20
"""Share of ``r`` that goes to ``w_in`` where there is a ``v_leak``.

norse lets ``v_leak`` act on the current as well, from where it reaches the voltage
times ``r``; the product of both factors is all that counts otherwise.
"""


@dataclass(frozen=True)
class Written:
    """Neurons as a node.

    Attributes:
        node: The node; None where a layer reads out its synapses' sum.
        factor: Factor of the synapses' weights, one per channel.
        bias: What the synapses add, one per channel.
    """

    node: Any
    factor: Reals
    bias: Reals


def written(layer: Any, dt: float) -> Written:
    """The node of a layer's neurons.

    Raises:
        NotImplementedError: NIR has no such neuron.
    """
    zero = np.zeros(layer.channels)
    if layer.readout == "sum":
        return Written(None, np.ones(layer.channels), zero + _drive(layer))
    neuron = layer.neuron
    if isinstance(neuron, spec.Sigma):
        node = nir().I(r=np.full(layer.shape, 1 / dt))
        return Written(node, np.ones(layer.channels), zero)
    _check(layer, neuron)
    own = _Cuba(layer, dt)
    if not (own.current == 1).all():
        return own.with_current()
    if (own.voltage == 0).all():
        return own.integrator()
    return own.without_current()


def _check(layer: Any, neuron: Any) -> None:
    if not isinstance(neuron, spec.Cuba):
        raise no_node(f"a neuron of type {neuron.type!r}")
    if layer.readout == "spike" and neuron.graded_spike:
        raise no_node("graded spikes")
    if layer.readout == "spike" and neuron.threshold <= 0:
        raise no_node("a threshold at the reset or below")


class _Cuba:
    """One number per neuron, or per channel, of a CUBA layer in real units."""

    def __init__(self, layer: Any, dt: float) -> None:
        neuron, self.dt, self.shape = layer.neuron, dt, layer.shape
        self.spikes = layer.readout == "spike"
        self.channels = layer.channels
        self.norm = _norm(layer)
        self.current = per_neuron(neuron.current_decay, self.shape) / DECAY_UNIT
        self.voltage = per_neuron(neuron.voltage_decay, self.shape) / DECAY_UNIT
        level = neuron.threshold / layer.weight_scale
        self.levels = {"v_threshold": np.full(self.shape, level)} if self.spikes else {}
        self.bias = per_neuron(self.norm, self.shape) * _bias(layer)
        self.drive = _drive(layer)

    def with_current(self) -> Written:
        """CubaLIF: the bias is a leak, as it acts behind the current's filter."""
        if not (self.current.all() and self.voltage.all()):
            raise no_node("a decay of 0, an infinite time constant")
        share = SMALL_RESISTANCE if self.bias.any() else 1.0
        node = (nir().CubaLIF if self.spikes else nir().CubaLI)(
            tau_syn=self.dt / self.current,
            tau_mem=self.dt / self.voltage,
            r=share / self.voltage,
            v_leak=self.bias / self.voltage,
            w_in=1 / (share * self.current),
            **self.levels,
        )
        return Written(node, self.norm, self.norm * self.drive)

    def without_current(self) -> Written:
        """LIF: the bias may act before, where every library reads it."""
        if not self.voltage.all():
            raise no_node("a decay of 0, an infinite time constant")
        factor = self.norm / self._per_channel(self.voltage)
        added, leak = self._split(self.bias / self.voltage)
        node = (nir().LIF if self.spikes else nir().LI)(
            tau=self.dt / self.voltage,
            r=np.ones(self.shape),
            v_leak=leak,
            **self.levels,
        )
        return Written(node, factor, added + factor * self.drive)

    def integrator(self) -> Written:
        """IF: all that comes in adds up."""
        added, leak = self._split(self.bias)
        if leak.any():
            raise no_node("a bias per neuron of integrators")
        rate = np.full(self.shape, 1 / self.dt)
        node = (nir().IF if self.spikes else nir().I)(r=rate, **self.levels)
        return Written(node, self.norm, added + self.norm * self.drive)

    def _split(self, bias: Reals) -> tuple[Reals, Reals]:
        """What the synapses can add per channel, and what must stay per neuron."""
        rows = bias.reshape(self.channels, -1)
        if (rows == rows[:, :1]).all():
            return rows[:, 0], np.zeros(self.shape)
        return np.zeros(self.channels), bias

    def _per_channel(self, value: Reals) -> Reals:
        rows: Reals = value.reshape(self.channels, -1)[:, 0]
        return rows


def _norm(layer: Any) -> Reals:
    """What the norm multiplies by, per channel."""
    exponent = layer.neuron.weight_exp
    if exponent is None:
        return np.ones(layer.channels)
    most = layer.neuron.weight_exp_bits
    clipped = np.clip(exponent.reshape(-1), -most, most)
    factor: Reals = np.broadcast_to(2.0**-clipped, (layer.channels,)).copy()
    return factor


def _drive(layer: Any) -> float:
    return layer.drive / layer.weight_scale if isinstance(layer, spec.Kwta) else 0.0


def _bias(layer: Any) -> Reals:
    """The norm's bias, one per neuron."""
    bias = getattr(layer, "bias", None)
    if bias is None:
        return np.zeros(layer.shape)
    real = bias.astype(np.float64) / layer.weight_scale
    if real.size in (1, layer.channels):
        return per_neuron(real, layer.shape)
    stored: Reals = real.reshape(layer.shape[::-1]).transpose()
    return stored


def per_neuron(
    value: int | Reals | npt.NDArray[np.int32], shape: tuple[int, ...]
) -> Reals:
    """One number per channel as one per neuron."""
    rows = along_channels(np.asarray(value, np.float64), len(shape))
    return np.broadcast_to(rows, shape).copy() if math.prod(shape) else rows


def no_node(what: str) -> NotImplementedError:
    """The error for what NIR can't say."""
    return NotImplementedError(f"NIR has no node for {what}")
