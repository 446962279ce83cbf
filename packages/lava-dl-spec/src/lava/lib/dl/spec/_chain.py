"""How layers fit together: what each gives and what the next one needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec._problem import Problem, problem

Given = tuple[int, ...] | None
SHOWN = 5
"""Most values of a kind that a message names."""
SLOWEST = 2**62
"""Longest step that is told from longer ones."""


def chain_problems(layers: Sequence[kinds.Layer]) -> Iterator[Problem]:
    """Where a layer can't take what the layer before gives.

    Args:
        layers: The layers in order.

    Yields:
        One problem per misfit, its path ``/layer/<index>/...``.
    """
    input_shape: Given = None
    rates = _rates(layers)
    for index, layer in enumerate(layers):
        for misfit in _misfits(layers, index, input_shape, rates):
            yield misfit.under(f"/layer/{index}")
        input_shape = layer.shape or None


def _misfits(
    layers: Sequence[kinds.Layer], index: int, input_shape: Given, rates: list[int]
) -> Iterator[Problem]:
    layer = layers[index]
    if isinstance(layer, kinds.Unwritten):
        yield problem("unwritten", "", "the group is empty; export this layer again")
    elif isinstance(layer, kinds.JoiningLayer):
        yield from _joining(layers, index, layer, rates)
    elif isinstance(layer, kinds.Input):
        if index:
            yield problem("chain", "type", "an input layer must come first")
    elif isinstance(layer, kinds.Dense):
        yield from _count(layer.in_features, input_shape, "weight", "inputs")
    elif isinstance(layer, kinds.KernelLayer):
        yield from _kernel(layer, input_shape)
        yield from _told(layer, input_shape)
    elif isinstance(layer, kinds.Flatten):
        yield from _count(layer.shape[0], input_shape, "shape", "neurons")
    elif isinstance(layer, kinds.Average):
        yield from _average(layer, input_shape)


def _count(needed: int, input_shape: Given, path: str, what: str) -> Iterator[Problem]:
    if input_shape is not None and math.prod(input_shape) != needed:
        told = (
            f"the layer has {needed} {what}, but the layer before gives "
            f"{math.prod(input_shape)} values of shape {input_shape}"
        )
        yield problem("chain", path, told)


def _average(layer: kinds.Average, input_shape: Given) -> Iterator[Problem]:
    if input_shape is not None and math.prod(input_shape) % math.prod(layer.shape):
        told = (
            f"{math.prod(input_shape)} values can't be averaged in groups to "
            f"{layer.shape}"
        )
        yield problem("chain", "shape", told)


def _kernel(layer: kinds.KernelLayer, input_shape: Given) -> Iterator[Problem]:
    if input_shape is None:
        return
    if len(input_shape) != 3:
        told = (
            f"a {layer.type} layer needs (channels, height, width), the layer before "
            f"gives {input_shape}"
        )
        yield problem("chain", "shape", told)
        return
    channels = layer.input_channels
    out = (layer.channels, *layer.output_size(*input_shape[1:]))
    if not layer.takes(input_shape):
        told = (
            f"the layer takes {channels} channels and gives {out} for an input of "
            f"{input_shape}, but its shape is {layer.shape}"
        )
        yield problem("chain", "shape", told)


def _told(layer: kinds.KernelLayer, input_shape: Given) -> Iterator[Problem]:
    if input_shape is not None and layer.input_shape not in (None, input_shape):
        told = (
            f"input_shape is {layer.input_shape}, but the layer before gives "
            f"{input_shape}"
        )
        yield problem("chain", "input_shape", told)


def _joining(
    layers: Sequence[kinds.Layer],
    index: int,
    layer: kinds.JoiningLayer,
    rates: list[int],
) -> Iterator[Problem]:
    not_earlier = layer.sources[layer.sources >= index][:SHOWN].tolist()
    if not_earlier:
        yield problem(
            "sources", "sources", f"sources {not_earlier} are not earlier layers"
        )
        return
    # There may be far more sources than layers.
    times = np.bincount(layer.sources, minlength=index)
    used = np.flatnonzero(times).tolist()
    steps = dict(list({rates[i]: i for i in used}.items())[:SHOWN])
    if len(steps) > 1:
        told = ", ".join(f"{n} of the input in layer {i}" for n, i in steps.items())
        yield problem("sources", "sources", f"a step stands for {told}")
    shapes = {layers[i].shape for i in used}
    adds = isinstance(layer, kinds.Add)
    alike = shapes if adds else {s[1:] for s in shapes}
    if len(alike) != 1 or () in shapes:
        told = ", ".join(map(str, sorted(shapes)[:SHOWN]))
        does = "added" if adds else "joined"
        yield problem("sources", "sources", f"shapes {told} can't be {does}")
        return
    channels = sum(int(times[i]) * layers[i].shape[0] for i in used)
    first = layers[used[0]].shape
    joined = first if adds else (channels, *first[1:])
    if joined != layer.shape:
        yield problem(
            "sources", "shape", f"sources join to {joined}, not {layer.shape}"
        )


def _rates(layers: Sequence[kinds.Layer]) -> list[int]:
    """Steps of the input that one step of each layer's output stands for."""
    rates: list[int] = []
    for index, layer in enumerate(layers):
        rate = rates[-1] if rates else 1
        if isinstance(layer, kinds.Average):
            rate = min(rate * layer.time_factor, SLOWEST)
        if isinstance(layer, kinds.JoiningLayer) and layer.sources[0] < index:
            rate = rates[layer.sources[0]]
        rates.append(rate)
    return rates
