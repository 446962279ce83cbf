"""From NIR to a network."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._chain import Stage, kind, read, stages
from lava.lib.dl.netx.convert._layer import layer_of
from lava.lib.dl.netx.convert._synapses import Shape, image

LATENCY = (
    "spikes leave each layer one step later than in NIR, which has no latency per layer"
)


def from_nir(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    dt: float = 1e-3,
    *,
    input_shape: Sequence[int] | None = None,
    weight_scale: int | None = None,
) -> list[str]:
    """Write a NIR graph as a network.

    Args:
        source: File of the graph.
        target: File to write.
        dt: Seconds per step, as used in training.
        input_shape: Shape of the input without batch and time, where the graph
            doesn't say it or says another.
        weight_scale: Units of weights and thresholds in 1.0, for all layers; by
            default each layer gets the one that loses least.

    Returns:
        Sentences on what was rounded, how far off it is, and what is done otherwise.

    Raises:
        ImportError: The package nir is missing.
        NotImplementedError: The graph is no chain, or the format has no layer for a
            node.
        ValueError: A weight or decay doesn't fit, or rounding would change what the
            network computes.
    """
    notes: list[str] = []
    graph = read(source, notes)
    layers: list[spec.Layer] = []
    shape: Shape | None = None
    for stage in stages(graph):
        if kind(stage.node) == "Input":
            shape = _input_shape(stage.node, input_shape)
            layers += [spec.Input(shape)] if shape else []
        elif kind(stage.node) == "Flatten":
            shape = _flattened(stage, shape)
            layers.append(spec.Flatten(shape))
        else:
            layers.append(layer_of(stage, shape, dt, weight_scale, notes))
            shape = layers[-1].shape
    _check(layers)
    if any(getattr(layer, "delay_shift", False) for layer in layers):
        notes.append(LATENCY)
    spec.write(spec.Network(layers), target)
    return notes


def _input_shape(node: Any, shape: Sequence[int] | None) -> Shape | None:
    sizes = node.input_type["input"] if shape is None else shape
    if sizes is None:
        return None
    whole = tuple(int(size) for size in np.atleast_1d(sizes))
    return whole if len(whole) == 1 else image(whole)


def _flattened(stage: Stage, shape: Shape | None) -> Shape:
    """All of the input as one row, whatever dimensions the node names.

    Libraries disagree on whether the batch counts as one; C order is common to all.
    """
    sizes = shape if shape is not None else stage.node.input_type["input"]
    if sizes is None:
        raise ValueError(
            f"{stage.name}: nothing says what is flattened; give an input shape"
        )
    return (math.prod(int(size) for size in sizes),)


def _check(layers: Sequence[spec.Layer]) -> None:
    problems = spec.Network(layers).problems()
    if problems:
        raise ValueError(f"the layers don't fit together: {problems[0].message}")
