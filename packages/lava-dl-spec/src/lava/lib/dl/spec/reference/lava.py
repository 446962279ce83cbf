"""What lava-nc 0.10's fixed-point processes compute from a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec._deviations import missing
from lava.lib.dl.spec.network import Network
from lava.lib.dl.spec.reference.integers import wrap
from lava.lib.dl.spec.reference.lava_neurons import make_lava_cell
from lava.lib.dl.spec.reference.lava_synapses import (
    LavaConv,
    LavaDense,
    LavaSynapse,
    prepare,
    stack,
)
from lava.lib.dl.spec.reference.network import Trace

__all__ = ["LavaOptions", "run_lava"]


@dataclass(frozen=True)
class LavaOptions:
    """How the network is built and fed.

    Attributes:
        input_message_bits: 0: the first layer receives spikes; more: values.
        reset_interval: Steps between resets of LIF neurons, or None.
        reset_offset: Step of the first layer's reset.
        spike_exp: Exponent of sigma-delta messages.
        feed: ``"inp"`` sends the data to the first layer; ``"bias"`` makes the first
            data row the bias of the first input layer and sends nothing.
    """

    input_message_bits: int = 0
    reset_interval: int | None = None
    reset_offset: int = 0
    spike_exp: int = 6
    feed: str = "inp"


class Block:
    """A layer as Lava builds it: synapses, then neurons."""

    def __init__(
        self,
        layer: kinds.NeuronLayer,
        input_shape: tuple[int, ...],
        bits: int,
        rank: int,
        options: LavaOptions,
    ) -> None:
        self.layer, self.bits, self.rank, self.options = layer, bits, rank, options
        self.synapses = (
            [] if isinstance(layer, kinds.Input) else build(layer, input_shape)
        )
        self.back = feedback(layer)
        count = math.prod(layer.shape)
        biases = spread_bias(layer)
        each = count // layer.shape[0]
        self.cells = [
            make_lava_cell(layer, i // each, biases[i], options.spike_exp)
            for i in range(count)
        ]
        self.trace = Trace(states={name: [] for name in self.cells[0].states})

    @property
    def message_bits(self) -> int:
        """Bits of what the layer sends to the next one and to itself: 0 for spikes."""
        return self.cells[0].message_bits

    def step(self, time: int, messages: list[int]) -> list[int]:
        """Advance by one step; ``time`` counts from 1."""
        graded = self.bits != 0
        # An input layer of resonators receives its data as both parts.
        planes = [s.step(messages, graded) for s in self.synapses] or [messages] * 2
        for synapse in self.back:
            pairs = zip(planes[0], synapse.waiting, strict=True)
            planes[0] = [wrap(a + b, 32) for a, b in pairs]
        self.reset_if_due(time)
        imag = planes[1] if len(planes) > 1 else [0] * len(self.cells)
        sent = [
            c.step(a, b) for c, a, b in zip(self.cells, planes[0], imag, strict=True)
        ]
        for synapse in self.back:
            synapse.step(sent, self.message_bits != 0)
        self.trace.output.append(list(sent))
        for name, train in self.trace.states.items():
            train.append([getattr(cell, name) for cell in self.cells])
        return sent

    def reset_if_due(self, time: int) -> None:
        """Periodic reset, one step later for each further layer."""
        interval = self.options.reset_interval
        offset = self.options.reset_offset + 1 + self.rank
        if interval and time % interval == offset % interval:
            for cell in self.cells:
                cell.reset()


class Join:
    """What Lava builds of a layer that joins others: their sum or their row."""

    def __init__(self, layer: kinds.JoiningLayer, bits: int, rank: int) -> None:
        self.layer, self.message_bits, self.rank = layer, bits, rank
        self.trace = Trace()

    def step(self, sources: list[list[int]]) -> list[int]:
        """Join what the sources send in this step."""
        if isinstance(self.layer, kinds.Add):
            sent = [wrap(sum(column), 32) for column in zip(*sources, strict=True)]
        else:
            sent = list(chain(*sources))
        self.trace.output.append(list(sent))
        return sent


def run_lava(
    network: Network,
    data: Sequence[Sequence[int]],
    steps: int,
    shape: tuple[int, ...] = (),
    options: LavaOptions | None = None,
) -> list[Trace]:
    """Run a network as lava-nc 0.10 does, from rest.

    Args:
        network: The network.
        data: One row of integers per time step, in C order of the input's shape in
            the file; zeros after the end.
        steps: Number of time steps.
        shape: The input's shape, where the first layer has a kernel.
        options: How the network is built and fed.

    Returns:
        One trace per layer; those of layers that Lava doesn't build are empty.

    Raises:
        NotImplementedError: Lava has no process for a layer or neuron.
    """
    options = options or LavaOptions()
    input_shape = shape or (len(data[0]),)
    blocks = build_blocks(network, input_shape, options)
    rows = [list(row) for row in data]
    silent = [0] * len(rows[0])
    if options.feed == "bias":
        first = next(block for block in blocks if isinstance(block, Block))
        for cell, bias in zip(first.cells, rows[0], strict=True):
            cell.bias = bias
        rows = []
    for time in range(1, steps + 1):
        messages = rows[time - 1] if time <= len(rows) else silent
        sent: list[list[int]] = []
        for block in blocks:
            if isinstance(block, Join):
                messages = block.step([sent[int(i)] for i in block.layer.sources])
            elif block is not None:
                messages = block.step(time, messages)
            sent.append(messages)
    return [Trace() if b is None else b.trace for b in blocks]


def build_blocks(
    network: Network, input_shape: tuple[int, ...], options: LavaOptions
) -> list[Block | Join | None]:
    """One block per layer, None for layers that only shape the data."""
    blocks: list[Block | Join | None] = []
    bits, rank = options.input_message_bits, 0
    ends: list[tuple[int, int]] = []
    for layer in network:
        passive = isinstance(layer, kinds.Flatten) or (
            isinstance(layer, kinds.Input) and layer.neuron is None
        )
        if why := missing(layer):
            raise NotImplementedError(str(why))
        if passive:
            blocks.append(None)
        elif isinstance(layer, kinds.JoiningLayer):
            sources = [ends[int(i)] for i in layer.sources]
            bits, rank = (max(column) for column in zip(*sources, strict=True))
            bits = max(bits, int(isinstance(layer, kinds.Add)))  # a sum is a value
            blocks.append(Join(layer, bits, rank))
        else:
            assert isinstance(layer, kinds.NeuronLayer)
            block = Block(layer, input_shape, bits, rank, options)
            blocks.append(block)
            bits, rank = block.message_bits, rank + 1
        ends.append((bits, rank))
        input_shape = layer.shape
    return blocks


def build(layer: kinds.NeuronLayer, input_shape: tuple[int, ...]) -> list[LavaSynapse]:
    """The synapses from the layer before."""
    if isinstance(layer, kinds.Conv):
        return [LavaConv(layer, input_shape)]
    assert isinstance(layer, kinds.Dense)
    delays = None if layer.is_complex else stack(layer)
    if isinstance(layer, kinds.Recurrent):
        parts, bits_up = prepare(layer.weight.tolist(), layer.weight_rec.tolist())
        return [LavaDense(parts[0], 0 if delays else bits_up, delays)]
    planes = [layer.weight] + ([] if layer.weight_imag is None else [layer.weight_imag])
    ready = [prepare(plane.tolist()) for plane in planes]
    return [LavaDense(parts[0], bits_up, delays) for parts, bits_up in ready]


def feedback(layer: kinds.NeuronLayer) -> list[LavaDense]:
    """The synapses from the layer to itself; delayed layers lose their exponent."""
    if not isinstance(layer, kinds.Recurrent):
        return []
    parts, bits_up = prepare(layer.weight.tolist(), layer.weight_rec.tolist())
    delays = stack(layer)
    return [LavaDense(parts[1], 0 if delays else bits_up, delays)]


def spread_bias(layer: kinds.NeuronLayer) -> list[int]:
    """One bias per neuron; input and complex layers have none."""
    count = math.prod(layer.shape)
    if (
        not isinstance(layer, kinds.BiasedLayer)
        or layer.bias is None
        or layer.is_complex
    ):
        return [0] * count
    bias = layer.bias
    if bias.size == layer.shape[0] or bias.size == 1:
        return [int(b) for b in bias for _ in range(count // bias.size)]
    transposed = bias.reshape(layer.shape[::-1]).T
    return [int(b) for b in transposed.reshape(-1)]
