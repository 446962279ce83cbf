"""How much memory loading a network takes, told from its records alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Shape
from lava.lib.dl.netx._native.synapses import input_delays, meetings, recurrent_delays
from lava.lib.dl.netx._size import matrices_of, states_of
from lava.lib.dl.spec.lava import MAX_DELAY
from lava.lib.dl.spec.layers import KernelLayer, SynapseLayer

# Bytes at the peak of loading, measured: while a matrix is transposed, while the runs
# of a kernel are sorted, and of the rows of parameters that a neuron has.
WEIGHT_BYTES = 16
RUN_BYTES = 128
NEURON_BYTES = 96
STATE_BYTES = 8
MESSAGE_BYTES = 4
LAVA_WEIGHT_BYTES = 24  # as integers of 64 bits, with what copies them
MAX_BYTES = 2**34
"""Most that a network may take unless the caller says otherwise."""

Need = tuple[int, spec.Layer, int]
"""Index and record of a layer, and the bytes that it takes."""


def check_need(
    layers: Iterable[tuple[int, spec.Layer]],
    input_shape: Shape,
    sparsely: bool,
    max_bytes: int,
) -> None:
    """Refuse a network that takes too much memory, before any of it is taken.

    Args:
        layers: Index and record of each layer.
        input_shape: Shape of the first one's input.
        sparsely: Whether matrices are stored by their nonzero weights.
        max_bytes: Most bytes that all may take.

    Raises:
        ValueError: They take more.
    """
    _check_total(_needs(layers, input_shape, sparsely), max_bytes)


def check_need_on_lava(
    layers: Iterable[tuple[int, spec.Layer]], max_bytes: int
) -> None:
    """As `check_need`, of the processes that Lava builds."""
    _check_total(((i, each, lava_bytes(each)) for i, each in layers), max_bytes)


def _needs(
    layers: Iterable[tuple[int, spec.Layer]], input_shape: Shape, sparsely: bool
) -> Iterator[Need]:
    for index, layer in layers:
        yield index, layer, needed_bytes(layer, input_shape, sparsely)
        input_shape = layer.shape


def _check_total(needs: Iterable[Need], max_bytes: int) -> None:
    total = 0
    for index, layer, here in needs:
        total += here
        if total > max_bytes:
            raise ValueError(
                f"layer {index} ({layer.type}) takes about {gigabytes(here)}, the "
                f"network up to it {gigabytes(total)}; max_bytes is "
                f"{gigabytes(max_bytes)}, give more where the memory is there"
            )


def gigabytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e9:.3g} GB"


def needed_bytes(layer: spec.Layer, input_shape: Shape, sparsely: bool = False) -> int:
    """Bytes that loading a layer takes at its peak, an estimate from above.

    Args:
        layer: The layer.
        input_shape: Shape of its input.
        sparsely: Whether matrices are stored by their nonzero weights.
    """
    inputs, neurons = math.prod(input_shape), math.prod(layer.shape)
    need = (inputs + neurons) * NEURON_BYTES + neurons * states_of(layer) * STATE_BYTES
    if not isinstance(layer, SynapseLayer):
        return need
    planes = 2 if layer.is_complex else 1
    need += _delay_bytes(layer, inputs, neurons)
    if isinstance(layer, KernelLayer):
        if len(input_shape) != len(layer.shape):
            return need  # loading refuses such an input
        return need + planes * runs(layer, input_shape) * RUN_BYTES
    back = neurons**2 if isinstance(layer, (spec.Recurrent, spec.Kwta)) else 0
    single = sparsely or input_delays(layer) is not None
    each = RUN_BYTES if single else WEIGHT_BYTES
    returning = RUN_BYTES if np.ptp(recurrent_delays(layer)) else WEIGHT_BYTES
    return need + planes * (layer.weight.size * each + back * returning)


def lava_bytes(layer: spec.Layer) -> int:
    """Bytes that Lava's processes of a layer take, an estimate from above."""
    neurons = math.prod(layer.shape)
    need = neurons * (NEURON_BYTES + states_of(layer) * STATE_BYTES)
    weights = sum(weight.size for weight in matrices_of(layer))
    if isinstance(layer, spec.Dense) and layer.delay is not None:
        weights *= MAX_DELAY + 2  # Lava has a matrix for each delay
    return need + weights * LAVA_WEIGHT_BYTES


def _delay_bytes(layer: SynapseLayer, inputs: int, neurons: int) -> int:
    """Messages that wait, and a table of those that a delay of inputs sends out."""
    delays = recurrent_delays(layer)
    returning = min(1 + int(delays.max()), delays.size) * WEIGHT_BYTES
    back = neurons * (int(delays.max()) * MESSAGE_BYTES + returning)
    return back + _forward_delay_bytes(layer, inputs, neurons)


def _forward_delay_bytes(layer: SynapseLayer, inputs: int, neurons: int) -> int:
    if layer.delay is None:
        return 0
    longest = 1 + int(layer.delay.max())
    waiting = longest * max(inputs, neurons) * MESSAGE_BYTES
    tables = min(longest, layer.delay.size) if input_delays(layer) is not None else 0
    return waiting + tables * inputs * WEIGHT_BYTES


def runs(layer: KernelLayer, input_shape: Shape) -> int:
    """Number of the runs that a kernel is laid out as, and of what finds them."""
    along = [int(axis.counts.sum()) for axis in meetings(layer, input_shape)]
    inputs = layer.in_channels if isinstance(layer, spec.Conv) else layer.channels
    return sum(along) + math.prod(along) * inputs
