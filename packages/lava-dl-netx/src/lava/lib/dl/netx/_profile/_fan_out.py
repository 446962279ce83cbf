"""How many synapses each input of a layer reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._size import Ints

Counts = npt.NDArray[np.int64]
Shape = tuple[int, ...]
Kernel = spec.Conv | spec.Pool


def fan_out(layer: spec.Layer, given: Shape) -> Counts:
    """Synapses with a nonzero weight that leave each input.

    Args:
        layer: The layer.
        given: Shape of its input in the file's order, (neurons,) or (channels, height,
            width).

    Returns:
        int64 of shape ``given``; complex layers count both parts.
    """
    count = _COUNT.get(type(layer))
    if count is None:
        return np.zeros(given, np.int64)
    planes = [getattr(layer, name, None) for name in ("weight", "weight_imag")]
    forward = [weight for weight in planes if weight is not None]
    total: Counts = sum(
        (count(layer, weight, given) for weight in forward), np.zeros(given, np.int64)
    )
    return total


def recurrent_fan_out(layer: spec.Layer) -> Counts:
    """Synapses with a nonzero weight from each neuron of the layer back into it."""
    total = np.zeros(layer.shape, np.int64)
    for name in ("weight_rec", "weight_rec_imag"):
        weight = getattr(layer, name, None)
        if weight is not None:
            total += np.count_nonzero(weight, axis=0)
    return total


def _dense(layer: spec.Layer, weight: Ints, given: Shape) -> Counts:
    total: Counts = np.count_nonzero(weight, axis=0).reshape(given)
    return total


def _conv(layer: spec.Conv, weight: Ints, given: Shape) -> Counts:
    outputs = weight.shape[0] // layer.groups
    grouped = weight.reshape(layer.groups, outputs, *weight.shape[1:])
    taps = np.count_nonzero(grouped, axis=1).reshape(given[0], *weight.shape[2:])
    return _gathered(layer, taps, given)


def _pool(layer: spec.Pool, weight: Ints, given: Shape) -> Counts:
    taps = (weight[:, 0] != 0).astype(np.int64)
    return _gathered(layer, np.repeat(taps, given[0], axis=0), given)


def _gathered(layer: Kernel, taps: Counts, given: Shape) -> Counts:
    """Each output reads a window of the input."""
    total = np.zeros(given, np.int64)
    for index, (high, wide) in _windows(layer, layer.shape[1:]):
        rows, columns = high[_inside(high, given[1])], wide[_inside(wide, given[2])]
        each = taps[:, index[0], index[1], None, None]
        total[:, rows[:, np.newaxis], columns] += each
    return total


def _transposed(layer: spec.ConvTranspose, weight: Ints, given: Shape) -> Counts:
    return _scattered(layer, np.count_nonzero(weight, axis=1), given)


def _unpool(layer: spec.Unpool, weight: Ints, given: Shape) -> Counts:
    taps = (weight[:, 0] != 0).astype(np.int64)
    return _scattered(layer, np.repeat(taps, given[0], axis=0), given)


def _scattered(layer: Kernel, taps: Counts, given: Shape) -> Counts:
    """Each input writes a window of the output."""
    total = np.zeros(given, np.int64)
    for index, (high, wide) in _windows(layer, given[1:]):
        hit = np.outer(_inside(high, layer.shape[1]), _inside(wide, layer.shape[2]))
        total += taps[:, index[0], index[1], None, None] * hit
    return total


def _windows(
    layer: Kernel, sizes: Shape
) -> Iterator[tuple[tuple[int, int], tuple[Counts, Counts]]]:
    """For each tap of the kernel, the row and column it meets from each position."""
    for index in np.ndindex(*layer.kernel_size):
        high, wide = (
            np.arange(n) * s - p + i * d
            for n, s, p, i, d in zip(
                sizes, layer.stride, layer.padding, index, layer.dilation, strict=True
            )
        )
        yield index, (high, wide)


def _inside(index: Counts, size: int) -> npt.NDArray[np.bool_]:
    return (index >= 0) & (index < size)


_COUNT: dict[type[spec.Layer], Callable[..., Counts]] = {
    spec.Dense: _dense,
    spec.Recurrent: _dense,
    spec.RecurrentDelay: _dense,
    spec.Kwta: _dense,
    spec.KwtaDelay: _dense,
    spec.Conv: _conv,
    spec.ConvTranspose: _transposed,
    spec.Pool: _pool,
    spec.Unpool: _unpool,
}
