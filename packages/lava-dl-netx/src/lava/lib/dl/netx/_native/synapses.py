"""Weights as runs: an input adds a run of weights to a run of outputs."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Ints, Shape, index_map
from lava.lib.dl.spec.layers import KernelLayer, SynapseLayer

Part = dict[str, Any]
Kernel = spec.Conv | spec.Pool


def input_delays(layer: spec.Layer) -> Ints | None:
    """Delays of single synapses; None where whole outputs are late, or nothing is."""
    delay: Ints | None = getattr(layer, "delay", None)
    per_output = delay is None or delay.shape in {(1,), (layer.shape[0],)}
    return None if per_output else delay


def recurrent_delays(layer: spec.Layer) -> Ints:
    """Steps, one or one a neuron, by which what returns is later than a step."""
    delays: Ints = getattr(layer, "delay_rec", np.zeros(1, np.int32))
    return delays


def matrix(weight: Ints, order: Ints | None = None, delay: int = 0) -> Part:
    """A matrix of shape (outputs, inputs), its inputs in the order they are held."""
    outputs, inputs = weight.shape
    held = weight if order is None else weight[:, order]
    return {
        "inputs": inputs,
        "outputs": outputs,
        "length": outputs,
        "delay": delay,
        "begin": np.arange(inputs + 1),
        "output": np.zeros(inputs, int),
        "weight": np.arange(inputs) * outputs,
        "values": np.ascontiguousarray(held.T).ravel(),
    }


def sparse(weight: Ints, order: Ints | None = None, delay: int = 0) -> Part:
    """The same as one run per nonzero weight."""
    held = (weight if order is None else weight[:, order]).T
    source, target = np.nonzero(held)
    return _single(held, source, target, delay)


def delayed(
    weight: Ints, order: Ints | None, delays: Ints, sparsely: bool
) -> list[Part]:
    """One part per delay; ``delays`` has the shape of the weights."""
    unique_delays = np.unique(delays)
    if len(unique_delays) == 1:
        return [(sparse if sparsely else matrix)(weight, order, int(unique_delays[0]))]
    held, lags = (a.T if order is None else a[:, order].T for a in (weight, delays))
    source, target = np.nonzero(held)
    ranked = np.argsort(lags[source, target], kind="stable")
    ends = np.searchsorted(lags[source, target][ranked], unique_delays, side="right")
    parts = np.split(ranked, ends[:-1])
    return [
        _single(held, source[part], target[part], int(delay))
        for part, delay in zip(parts, unique_delays, strict=True)
    ]


def _single(held: Ints, source: Ints, target: Ints, delay: int) -> Part:
    """One run per weight of a matrix (inputs, outputs), the sources in order."""
    counts = np.bincount(source, minlength=held.shape[0])
    return {
        "inputs": held.shape[0],
        "outputs": held.shape[1],
        "length": 1,
        "delay": delay,
        "begin": np.concatenate(([0], np.cumsum(counts))),
        "output": target,
        "weight": np.arange(len(source)),
        "values": held[source, target],
    }


def kernel(layer: SynapseLayer, weight: Ints, input_shape: Shape, order: Ints) -> Part:
    """A sliding kernel; outputs are held with channels last."""
    assert isinstance(layer, (spec.Conv, spec.Pool))
    values, groups, into, out = _values(layer, weight)
    (ky, y, v), (kx, x, u) = (
        _pairs(layer, axis) for axis in meetings(layer, input_shape)
    )
    # A run for each group, each of its inputs, and each pair of rows and of columns.
    group, i = np.arange(groups)[:, None, None, None], np.arange(into)[:, None, None]
    ky, y, v = ky[:, None], y[:, None], v[:, None]
    whole = np.broadcast_shapes(group.shape, i.shape, ky.shape, kx.shape)
    tap = ky * layer.kernel_size[1] + kx
    shared = isinstance(layer, spec.Pool)
    runs = (
        ((group * into + i) * input_shape[1] + v) * input_shape[2] + u,
        (y * layer.shape[2] + x) * layer.shape[0] + group * out,
        tap if shared else ((tap * groups + group) * into + i) * out,
    )
    source, output, first = (np.broadcast_to(part, whole).ravel() for part in runs)
    source = index_map(order)[source]
    ranked = np.argsort(source, kind="stable")
    counts = np.bincount(source, minlength=math.prod(input_shape))
    return {
        "inputs": math.prod(input_shape),
        "outputs": math.prod(layer.shape),
        "length": out,
        "begin": np.concatenate(([0], np.cumsum(counts))),
        "output": output[ranked],
        "weight": first[ranked],
        "values": values,
    }


def _values(layer: Kernel, weight: Ints) -> tuple[Ints, int, int, int]:
    """Weights by tap, group and input; groups, inputs and outputs of a group."""
    if isinstance(layer, spec.Pool):
        return weight.ravel(), layer.channels, 1, 1
    into, out = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    high, wide = layer.kernel_size
    if isinstance(layer, spec.ConvTranspose):
        split = weight.reshape(layer.groups, into, out, high, wide)
        axes = (3, 4, 0, 1, 2)
    else:
        split = weight.reshape(layer.groups, out, into, high, wide)
        axes = (3, 4, 0, 2, 1)
    return split.transpose(axes).ravel(), layer.groups, into, out


class Meetings(NamedTuple):
    """Where a kernel meets what it slides over, along one axis.

    Attributes:
        first: First position of each tap that meets something.
        counts: Number of those positions, which follow each other.
        step: Stride, padding and dilation.
    """

    first: Ints
    counts: Ints
    step: tuple[int, int, int]


def meetings(layer: KernelLayer, input_shape: Shape) -> list[Meetings]:
    """Rows and columns of the outputs, or of the inputs of transposed kernels."""
    slides, over = layer.shape[1:], input_shape[1:]
    if _is_transposed(layer):
        slides, over = over, slides
    steps = zip(layer.stride, layer.padding, layer.dilation, strict=True)
    sizes = zip(layer.kernel_size, slides, over, steps, strict=True)
    return [_along(*size) for size in sizes]


def _along(taps: int, slides: int, over: int, step: tuple[int, int, int]) -> Meetings:
    stride, padding, dilation = step
    start = padding - np.arange(taps) * dilation
    first = np.maximum(0, -(-start // stride))
    last = np.minimum(slides - 1, (over - 1 + start) // stride)
    return Meetings(first, np.maximum(0, last - first + 1), step)


def _is_transposed(layer: KernelLayer) -> bool:
    return isinstance(layer, (spec.ConvTranspose, spec.Unpool))


def _pairs(layer: KernelLayer, axis: Meetings) -> tuple[Ints, Ints, Ints]:
    """Taps, and the places of outputs and inputs that they join."""
    stride, padding, dilation = axis.step
    tap = np.repeat(np.arange(len(axis.counts)), axis.counts)
    before = np.cumsum(axis.counts) - axis.counts
    place = np.arange(len(tap)) - before[tap] + axis.first[tap]
    met = place * stride - padding + tap * dilation
    return (tap, met, place) if _is_transposed(layer) else (tap, place, met)
