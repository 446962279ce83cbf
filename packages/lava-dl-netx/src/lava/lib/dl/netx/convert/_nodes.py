"""Synapses of a file as NIR's nodes, in the forms that other libraries read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._neurons import Written, no_node
from lava.lib.dl.netx.convert._nir import Reals, nir

Shape = tuple[int, ...]


def affine(weight: Reals, bias: Reals | None = None) -> Any:
    """A matrix; some libraries know no ``Linear``, so that it always has a bias."""
    return nir().Affine(weight, np.zeros(len(weight)) if bias is None else bias)


def synapse(layer: Any, input_shape: Shape, neurons: Written) -> Any:
    """The node of a layer's synapses.

    Args:
        layer: A layer with synapses.
        input_shape: Shape of its input.
        neurons: What the neurons behind ask for.

    Raises:
        NotImplementedError: NIR has no such synapses.
    """
    if isinstance(layer, spec.Dense):
        weight = layer.weight / layer.weight_scale * neurons.factor[:, None]
        return affine(weight, neurons.bias)
    if type(layer) is spec.Pool:
        return _pool(layer, input_shape, neurons)
    if type(layer) is not spec.Conv:
        raise no_node(f"a layer of type {layer.type!r}")
    return _convolution(layer, input_shape, neurons, _ungrouped(layer))


def _ungrouped(layer: spec.Conv) -> Reals:
    """The kernel with zeros between groups, which no library's importer reads."""
    out, into = layer.out_channels // layer.groups, layer.weight.shape[1]
    whole = np.zeros((layer.out_channels, layer.in_channels, *layer.kernel_size))
    for group in range(layer.groups):
        rows = slice(group * out, (group + 1) * out)
        columns = slice(group * into, (group + 1) * into)
        whole[rows, columns] = layer.weight[rows]
    return whole


def _convolution(
    layer: Any, input_shape: Shape, neurons: Written, weight: Reals
) -> Any:
    factor = neurons.factor.reshape(-1, 1, 1, 1) / layer.weight_scale
    return nir().Conv2d(
        input_shape=tuple(input_shape[1:]),
        weight=weight * factor,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=1,
        bias=neurons.bias,
    )


def _pool(layer: spec.Pool, input_shape: Shape, neurons: Written) -> Any:
    """A sum or a mean where it is one, else a convolution of every channel."""
    size = spec.layers.KernelLayer.output_size(layer, *input_shape[1:])
    if size != tuple(layer.shape[1:]):
        raise no_node(
            f"a pool that fills its input of {input_shape[1:]} up to whole windows"
        )
    kind = _mean_or_sum(layer, neurons)
    if kind is not None:
        sizes = (layer.kernel_size, layer.stride, layer.padding)
        kernel, stride, padding = (np.array(pair) for pair in sizes)
        return kind(kernel_size=kernel, stride=stride, padding=padding)
    eye = np.eye(layer.channels).reshape(layer.channels, -1, 1, 1)
    return _convolution(layer, input_shape, neurons, eye * layer.weight)


def _mean_or_sum(layer: spec.Pool, neurons: Written) -> Any:
    first = int(layer.weight.flat[0])
    share = first / layer.weight_scale * neurons.factor
    alike = (layer.weight == first).all() and not neurons.bias.any()
    if not alike or layer.dilation != (1, 1) or any(layer.padding):
        return None
    if (share == 1).all():
        return nir().SumPool2d
    is_mean = np.allclose(share * math.prod(layer.kernel_size), 1, rtol=1e-12)
    return nir().AvgPool2d if is_mean else None
