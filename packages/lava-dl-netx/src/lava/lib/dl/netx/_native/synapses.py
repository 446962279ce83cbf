"""Weights as runs: an input adds a run of weights to a run of outputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Ints, Shape, places
from lava.lib.dl.spec.layers import SynapseLayer

Part = dict[str, Any]
Kernel = spec.Conv | spec.Pool


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
    held = weight if order is None else weight[:, order]
    source, target = np.nonzero(held.T)
    counts = np.bincount(source, minlength=held.shape[1])
    return {
        "inputs": held.shape[1],
        "outputs": held.shape[0],
        "length": 1,
        "delay": delay,
        "begin": np.concatenate(([0], np.cumsum(counts))),
        "output": target,
        "weight": np.arange(len(source)),
        "values": held.T[source, target],
    }


def delayed(
    weight: Ints, order: Ints | None, delays: Ints, sparsely: bool
) -> list[Part]:
    """One part per delay; ``delays`` has the shape of the weights."""
    found = np.unique(delays)
    make = sparse if sparsely or len(found) > 1 else matrix
    return [make(np.where(delays == d, weight, 0), order, int(d)) for d in found]


def kernel(layer: SynapseLayer, weight: Ints, given: Shape, order: Ints) -> Part:
    """A sliding kernel; outputs are held with channels last."""
    assert isinstance(layer, (spec.Conv, spec.Pool))
    values, groups, into, out = _values(layer, weight)
    sources, outputs, weights = [], [], []
    for tap, (y, x, v, u) in _taps(layer, given):
        group, i, spot = np.meshgrid(
            np.arange(groups), np.arange(into), np.arange(len(y)), indexing="ij"
        )
        sources.append(
            (((group * into + i) * given[1] + v[spot]) * given[2] + u[spot]).ravel()
        )
        place = (y[spot] * layer.shape[2] + x[spot]) * layer.shape[0]
        outputs.append((place + group * out).ravel())
        shared = isinstance(layer, spec.Pool)
        first = tap + 0 * group if shared else ((tap * groups + group) * into + i) * out
        weights.append(first.ravel())
    source = places(order)[np.concatenate(sources)]
    ranked = np.argsort(source, kind="stable")
    counts = np.bincount(source, minlength=math.prod(given))
    return {
        "inputs": math.prod(given),
        "outputs": math.prod(layer.shape),
        "length": out,
        "begin": np.concatenate(([0], np.cumsum(counts))),
        "output": np.concatenate(outputs)[ranked],
        "weight": np.concatenate(weights)[ranked],
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


def _taps(layer: Kernel, given: Shape) -> Any:
    """Per tap, rows and columns of outputs and of the inputs they meet."""
    backwards = isinstance(layer, (spec.ConvTranspose, spec.Unpool))
    still = given[1:] if backwards else layer.shape[1:]
    moving = layer.shape[1:] if backwards else given[1:]
    grid = [a.ravel() for a in np.indices(still)]
    for tap, index in enumerate(np.ndindex(*layer.kernel_size)):
        met = [
            g * s - p + k * d
            for g, s, p, k, d in zip(
                grid, layer.stride, layer.padding, index, layer.dilation, strict=True
            )
        ]
        inside = (met[0] >= 0) & (met[1] >= 0)
        inside &= (met[0] < moving[0]) & (met[1] < moving[1])
        here, there = [a[inside] for a in grid], [a[inside] for a in met]
        yield tap, (*there, *here) if backwards else (*here, *there)
