"""Layers without neurons, and how data enter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native.layer import Layer, Memory
from lava.lib.dl.netx._native.order import Messages
from lava.lib.dl.spec.layers import JoiningLayer


def prepare(layer: spec.Input, data: Messages) -> Messages:
    """Quantise to even steps, scale and shift, all in 32-bit floats."""
    scale = layer.weight_scale
    value = np.asarray(data, np.float32)
    if layer.neuron is not None:
        even = np.round(value.astype(np.float64) * scale / 2) * 2
        value = (np.clip(even, -256, 254) / scale).astype(np.float32)
    if layer.weight is not None:
        value = value * np.float32(layer.weight / scale)
    if layer.bias is not None:
        value = value + np.float32(layer.bias / scale)
    return value


class Passive:
    """A layer without neurons; what it takes and gives is in the file's order.

    Attributes:
        spec: The layer of the file.
        index: Its position in the file.
        shape: Shape of its output.
        sources: Indices of the layers that it joins.
    """

    def __init__(self, index: int, layer: spec.Layer, lava: bool) -> None:
        self.spec, self.index, self.shape = layer, index, layer.shape
        self.sources = [int(i) for i in getattr(layer, "sources", ())]
        self._lava = lava

    def rest(self, samples: int) -> Memory:
        """What it remembers before the first step."""
        neurons = math.prod(self.shape)
        if isinstance(self.spec, spec.Average):
            return {"open": np.zeros((samples, 0, neurons), np.float32)}
        if isinstance(self.spec, spec.Input) and self.spec.delay_shift:
            return {"last": np.zeros((samples, 1, neurons), np.float32)}
        return {}

    def run(self, inputs: list[Messages], memory: Memory, ends: bool) -> Messages:
        """Its output for that of its sources, or of the layer before."""
        layer, (rows, *_) = self.spec, inputs
        if isinstance(layer, JoiningLayer):
            return joined(layer, inputs, np.int32 if self._lava else np.float32)
        if isinstance(layer, spec.Average):
            rows = average(layer, rows)
            return rows if layer.time_factor == 1 else bins(layer, rows, memory, ends)
        if isinstance(layer, spec.Input) and not self._lava:
            rows = prepare(layer, rows)
            return late(rows, memory) if layer.delay_shift else rows
        return rows


Part = Layer | Passive


def late(rows: Messages, kept: Memory) -> Messages:
    """One step late, (samples, steps, neurons); the last one is kept."""
    whole = np.concatenate([kept["last"], rows], axis=1)
    kept["last"] = whole[:, -1:]
    return whole[:, :-1]


def joined(layer: JoiningLayer, sources: list[Messages], kind: Any) -> Messages:
    """Sources side by side, or added up in their order; each in the file's order.

    Args:
        layer: What joins them.
        sources: Their outputs, neurons last.
        kind: In what sums are rounded, or wrap.
    """
    if not isinstance(layer, spec.Add):
        return np.concatenate(sources, axis=-1)
    total = sources[0].astype(kind)
    for source in sources[1:]:
        total = total + source.astype(kind)
    return total


def average(layer: spec.Average, data: Messages) -> Messages:
    """Means over groups of neighbouring neurons; data in the file's order."""
    groups = math.prod(layer.shape)
    size = data.shape[-1] // groups
    return means(data.reshape(*data.shape[:-1], groups, size))


def means(values: Messages) -> Messages:
    """Means over the last axis: sum and quotient each rounded once."""
    total = values.astype(np.float64).sum(-1).astype(np.float32)
    mean: Messages = total / np.float32(values.shape[-1])
    return mean


def bins(layer: spec.Average, rows: Messages, kept: Memory, ends: bool) -> Messages:
    """Means over whole bins of time; an open one waits, or at the end is filled up."""
    steps = layer.time_factor
    rows = np.concatenate([kept["open"], rows], axis=1)
    if ends:
        rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % steps), (0, 0)))
    samples, available_steps, neurons = rows.shape
    count = available_steps // steps
    whole, kept["open"] = rows[:, : count * steps], rows[:, count * steps :]
    grouped = whole.reshape(samples, count, steps, neurons)
    return means(grouped.transpose(0, 1, 3, 2))
