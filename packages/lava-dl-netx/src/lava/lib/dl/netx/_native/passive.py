"""Layers without neurons, and how data enter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.spec.layers import JoiningLayer

Messages = npt.NDArray[Any]


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


def shifted(rows: Messages, kept: dict[str, Messages]) -> Messages:
    """One step late, (samples, steps, neurons); the last one is kept."""
    whole = np.concatenate([kept["last"], rows], axis=1)
    kept["last"] = whole[:, -1:]
    return whole[:, :-1]


def rest(layer: spec.Layer, samples: int) -> dict[str, Messages]:
    """What a layer remembers before the first step."""
    neurons = math.prod(layer.shape)
    if isinstance(layer, spec.Average):
        return {"open": np.zeros((samples, 0, neurons), np.float32)}
    if isinstance(layer, spec.Input) and layer.delay_shift:
        return {"last": np.zeros((samples, 1, neurons), np.float32)}
    return {}


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


def bins(data: Messages, steps: int) -> Messages:
    """Means over bins of time, (samples, steps, neurons); whole bins only."""
    count = data.shape[1] // steps
    whole = data[:, : count * steps]
    return means(
        whole.reshape(len(data), count, steps, data.shape[2]).transpose(0, 1, 3, 2)
    )
