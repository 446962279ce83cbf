"""The order in which a layer holds its neurons.

Kernels write channels next to each other, so spatial layers hold (height, width,
channel); an order maps each place to the neuron's index in the file's C order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Shape = tuple[int, ...]
Messages = npt.NDArray[Any]
"""Values that pass between layers."""


def flat_order(shape: Shape) -> Ints:
    """The file's own order."""
    return np.arange(math.prod(shape))


def channels_last(shape: Shape) -> Ints:
    """Channels next to each other; for flat layers the file's order."""
    order = flat_order(shape)
    return order.reshape(shape).transpose(1, 2, 0).ravel() if len(shape) == 3 else order


def index_map(order: Ints) -> Ints:
    """The inverse: where each neuron of the file is held."""
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return inverse


class Fit(NamedTuple):
    """A layer, and how it is held between the one before and the one after.

    Attributes:
        layer: The layer.
        given: Shape of its input.
        order_in: How the layer before holds its neurons.
        order: How this one holds its own.
        sparsely: Whether to store matrices by their nonzero weights.
    """

    layer: Any
    given: Shape
    order_in: Ints
    order: Ints
    sparsely: bool


def transposed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(channels, height, width, time) as (width, height, channels, time) and back."""
    return values.swapaxes(0, 2) if values.ndim == 4 else values


def spread(value: Any, shape: Shape, order: Ints) -> npt.NDArray[Any]:
    """One entry per held neuron of a number, a row per channel or a row per neuron."""
    row = np.asarray(value).reshape(-1)
    if row.size == math.prod(shape):
        return row[order]
    return np.broadcast_to(
        np.repeat(row, math.prod(shape) // row.size)[order], order.shape
    )


def spread_bias(bias: Any, shape: Shape, order: Ints) -> npt.NDArray[Any]:
    """As `spread`; one bias per neuron of a spatial layer is in (w, h, c) order."""
    row = np.asarray(bias).reshape(-1)
    if len(shape) == 3 and row.size == math.prod(shape) and row.size != shape[0]:
        row = row.reshape(shape[::-1]).transpose(2, 1, 0).ravel()
    return spread(row, shape, order)
