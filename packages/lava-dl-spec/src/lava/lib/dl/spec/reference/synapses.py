"""Which input reaches which output with which weight.

All synapses come down to one table: for each output the list of (input, weight) pairs,
indices counting in C order of ``(channels, height, width)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from lava.lib.dl.spec import layers as kinds

__all__ = ["Table", "dense_table", "table"]

Table = list[list[tuple[int, int]]]
Taps = Iterator[tuple[tuple[int, int, int], tuple[int, int, int], int]]


def dense_table(rows: list[list[int]]) -> Table:
    """The table of a weight matrix."""
    return [[(j, w) for j, w in enumerate(row) if w] for row in rows]


def table(
    layer: kinds.SynapseLayer, given: tuple[int, ...], imaginary: bool = False
) -> Table:
    """The table of a layer.

    Args:
        layer: A layer with synapses.
        given: Shape of its input.
        imaginary: Whether to take the imaginary weights.

    Returns:
        For each output its (input, weight) pairs.
    """
    array = layer.weight_imag if imaginary else layer.weight
    assert array is not None
    weight = array.tolist()
    if isinstance(layer, kinds.Dense):
        return dense_table(weight)
    assert isinstance(layer, kinds.KernelLayer)
    channels, height, width = layer.shape
    result: Table = [[] for _ in range(channels * height * width)]
    for (c, y, x), (i, v, u), w in taps(layer, given, weight):
        if (
            0 <= y < height
            and 0 <= x < width
            and 0 <= v < given[1]
            and 0 <= u < given[2]
        ):
            source = (i * given[1] + v) * given[2] + u
            result[(c * height + y) * width + x].append((source, w))
    return result


def taps(
    layer: kinds.KernelLayer, input_shape: tuple[int, ...], weight: list[object]
) -> Taps:
    """Every (output, input, weight) of a kernel, those outside the borders included."""
    backwards = isinstance(layer, (kinds.ConvTranspose, kinds.Unpool))
    still = input_shape if backwards else layer.shape
    for y, x in product(range(still[1]), range(still[2])):
        for c, i, ky, kx, w in kernel(layer, weight):
            v = y * layer.stride[0] - layer.padding[0] + ky * layer.dilation[0]
            u = x * layer.stride[1] - layer.padding[1] + kx * layer.dilation[1]
            if backwards:
                yield (c, v, u), (i, y, x), w
            else:
                yield (c, y, x), (i, v, u), w


def kernel(
    layer: kinds.KernelLayer, weight: list[object]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Every (output channel, input channel, row, column, weight)."""
    high, wide = layer.kernel_size
    w: list[list[list[list[int]]]] = weight  # type: ignore[assignment]
    if isinstance(layer, kinds.Pool):
        for c, ky, kx in product(range(layer.channels), range(high), range(wide)):
            yield c, c, ky, kx, w[0][0][ky][kx]
        return
    assert isinstance(layer, kinds.Conv)
    into, out = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    ranges = (range(layer.groups), range(out), range(into), range(high), range(wide))
    for g, o, i, ky, kx in product(*ranges):
        c, k = g * out + o, g * into + i
        transposed = isinstance(layer, kinds.ConvTranspose)
        yield c, k, ky, kx, w[k][o][ky][kx] if transposed else w[c][i][ky][kx]
