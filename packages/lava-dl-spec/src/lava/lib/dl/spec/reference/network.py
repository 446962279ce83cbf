"""What a network puts out, computed layer by layer as the trainer does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec.network import Network
from lava.lib.dl.spec.reference.integers import Real, float32
from lava.lib.dl.spec.reference.neurons import Cell, make_cell
from lava.lib.dl.spec.reference.synapses import Table, dense_table, table

__all__ = ["Trace", "run"]

Progress = Callable[[int], object]
Row = list[Real]
Train = list[Row]
"""One row of values per time step."""


@dataclass
class Trace:
    """What happened in one layer.

    Attributes:
        output: What it put out, one row per time step.
        states: By name, the states carried on after each time step.
    """

    output: Train = field(default_factory=list)
    states: dict[str, Train] = field(default_factory=dict)


def silent(count: int) -> None:
    """Tells nobody."""


def run(
    network: Network,
    data: Sequence[Sequence[Real]],
    shape: tuple[int, ...] = (),
    progress: Progress = silent,
) -> list[Trace]:
    """Run a network from rest.

    Args:
        network: The network.
        data: One row of input values per time step, in C order of the input's shape.
        shape: The input's shape, where the first layer has a kernel.
        progress: Called after each step of a layer with the number of its synapses.

    Returns:
        One trace per layer.

    Raises:
        NotImplementedError: A layer kind has no arithmetic.
    """
    traces: list[Trace] = []
    train: Train = [[float32(value) for value in row] for row in data]
    input_shape = shape or (len(train[0]) if train else 0,)
    for layer in network:
        trace = run_layer(layer, train, input_shape, traces, progress)
        traces.append(trace)
        train, input_shape = trace.output, layer.shape
    return traces


def run_layer(
    layer: kinds.Layer,
    train: Train,
    input_shape: tuple[int, ...],
    before: list[Trace],
    progress: Progress = silent,
) -> Trace:
    """Run one layer over all time steps."""
    if isinstance(layer, kinds.Input):
        trace = run_input(layer, train)
    elif isinstance(layer, kinds.SynapseLayer):
        trace = run_synapses(layer, train, input_shape, progress)
    elif isinstance(layer, kinds.Flatten):
        return Trace(train)
    elif isinstance(layer, kinds.Average):
        return Trace(average(layer, train))
    elif isinstance(layer, kinds.JoiningLayer):
        sources = [before[i].output for i in layer.sources]
        join = added if isinstance(layer, kinds.Add) else chained
        return Trace([join(rows) for rows in zip(*sources, strict=True)])
    else:
        raise NotImplementedError(f"no arithmetic for layer type {layer.type!r}")
    if layer.delay_shift:
        trace.output = late(trace.output, [1] * math.prod(layer.shape))
    delays = output_delays(layer)
    if delays:
        trace.output = late(trace.output, delays)
    return trace


def chained(rows: tuple[Row, ...]) -> Row:
    """The rows, one behind the other."""
    return list(chain(*rows))


def added(rows: tuple[Row, ...]) -> Row:
    """Sums of the columns, rounded after each addition."""
    first, *others = rows
    for row in others:
        first = [float32(a + b) for a, b in zip(first, row, strict=True)]
    return first


def late(train: Train, delays: Sequence[int]) -> Train:
    """Each column late by its own number of steps, zeros before."""
    return [
        [train[t - d][i] if t >= d else 0 for i, d in enumerate(delays)]
        for t in range(len(train))
    ]


def output_delays(layer: kinds.NeuronLayer) -> list[int]:
    """The delay of each neuron's output; empty where there is none."""
    delay = getattr(layer, "delay", None)
    if delay is None or delays_inputs(layer):
        return []
    each = math.prod(layer.shape) // len(delay)
    return [d for d in delay.tolist() for _ in range(each)]


def delays_inputs(layer: kinds.NeuronLayer) -> bool:
    """Whether the layer's delays act on its inputs."""
    delay = getattr(layer, "delay", None)
    return delay is not None and delay.shape not in {(1,), (layer.shape[0],)}


def input_delays(layer: kinds.SynapseLayer, target: int, source: int) -> int:
    """The delay of one synapse, where delays act on inputs."""
    assert layer.delay is not None
    if layer.delay.ndim == 2:
        return int(layer.delay[target, source])
    return int(layer.delay[source])


def run_input(layer: kinds.Input, train: Train) -> Trace:
    """Quantise the data to even steps, scale, shift, and encode."""
    unit = Fraction(1, layer.weight_scale)
    weight = None if layer.weight is None else float32(layer.weight * unit)
    bias = None if layer.bias is None else float32(layer.bias * unit)

    def prepare(value: Real) -> Real:
        if layer.neuron is not None:
            even = round(value / (2 * unit)) * 2
            value = float32(min(max(even, -256), 254) * unit)
        if weight is not None:
            value = float32(value * weight)
        return value if bias is None else float32(value + bias)

    prepared = [[prepare(v) for v in row] for row in train]
    if layer.neuron is None:
        return Trace(prepared)
    return run_cells(layer, len(train), lambda t, last: (prepared[t], []))


def run_synapses(
    layer: kinds.SynapseLayer,
    train: Train,
    input_shape: tuple[int, ...],
    progress: Progress = silent,
) -> Trace:
    """Weigh, add what comes back from the layer itself, and run the neurons."""
    tables = [table(layer, input_shape)]
    back: list[Table] = []
    if layer.is_complex:
        tables.append(table(layer, input_shape, imaginary=True))
    if isinstance(layer, (kinds.Recurrent, kinds.Kwta)):
        back.append(dense_table(layer.weight_rec.tolist()))
    if isinstance(layer, kinds.Recurrent) and layer.weight_rec_imag is not None:
        back.append(dense_table(layer.weight_rec_imag.tolist()))
    offset = layer.drive if isinstance(layer, kinds.Kwta) else 0
    count = sum(len(row) for synapses in (*tables, *back) for row in synapses)
    returning = Returning(layer)

    def sums(t: int, last: Row) -> tuple[Row, Row]:
        last = returning.next(last)
        planes = [weigh(layer, plane, train, t) for plane in tables]
        for plane, synapses in zip(planes, back, strict=False):
            for i, row in enumerate(synapses):
                plane[i] += sum((w * last[j] for j, w in row), offset)
        progress(count)
        unit = Fraction(1, layer.weight_scale)
        scaled: list[Row] = [
            [float32(value * unit) for value in plane] for plane in planes
        ]
        return scaled[0], scaled[1] if layer.is_complex else []

    return run_cells(layer, len(train), sums)


class Returning:
    """What comes back from a layer at each step, late by its recurrent delays."""

    def __init__(self, layer: kinds.SynapseLayer) -> None:
        delay = getattr(layer, "delay_rec", None)
        each = [0] if delay is None else delay.tolist()
        self.delays: list[int] = each * (layer.channels // len(each))
        self.sent: Train = []

    def next(self, last: Row) -> Row:
        """From the output of the step before, what returns at this step."""
        self.sent.append(last)
        now = len(self.sent) - 1
        return [
            self.sent[now - d][i] if now >= d else 0 for i, d in enumerate(self.delays)
        ]


def weigh(layer: kinds.SynapseLayer, synapses: Table, train: Train, t: int) -> Row:
    """The exact weighted sums at one time step."""
    now = train[t]
    if not delays_inputs(layer):
        return [sum(w * now[j] for j, w in row if now[j]) for row in synapses]

    def value(target: int, source: int) -> Real:
        past = t - input_delays(layer, target, source)
        return train[past][source] if past >= 0 else 0

    return [sum(w * value(i, j) for j, w in row) for i, row in enumerate(synapses)]


def run_cells(
    layer: kinds.NeuronLayer, steps: int, sums: Callable[[int, Row], tuple[Row, Row]]
) -> Trace:
    """Step all neurons of a layer through time."""
    count = math.prod(layer.shape)
    summing = layer.readout == "sum"
    cells: list[Cell] = [] if summing else [make_cell(layer, i) for i in range(count)]
    trace = Trace(states={name: [] for name in (cells[0].states if cells else ())})
    last: Row = [0] * count
    for t in range(steps):
        real, imag = sums(t, last)
        if summing:
            last = imag or real
        else:
            pairs = zip(cells, real, imag or [0] * count, strict=True)
            last = [cell.step(re, im) for cell, re, im in pairs]
        trace.output.append(last)
        for name, train in trace.states.items():
            train.append([getattr(cell, name) for cell in cells])
    return trace


def average(layer: kinds.Average, train: Train) -> Train:
    """Means over groups of neurons, then over bins of time."""
    groups = math.prod(layer.shape)
    size = len(train[0]) // groups if train else 1
    means: Train = [
        [mean(row[g * size : (g + 1) * size], size) for g in range(groups)]
        for row in train
    ]
    if layer.time_factor == 1:
        return means
    bins = [
        means[t : t + layer.time_factor]
        for t in range(0, len(means), layer.time_factor)
    ]
    return [
        [mean(column, layer.time_factor) for column in zip(*rows, strict=True)]
        for rows in bins
    ]


def mean(values: Sequence[Real], count: int) -> Fraction:
    """The sum divided by the count, each rounded once."""
    return float32(float32(sum(values, Fraction(0))) / count)
