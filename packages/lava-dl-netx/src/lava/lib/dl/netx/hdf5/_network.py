"""`Network`: the layers of a file, built as Lava processes and connected."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lava.lib.dl import spec
from lava.lib.dl.netx import _lava
from lava.lib.dl.netx._deviations import warn
from lava.lib.dl.netx._need import MAX_BYTES, check_need_on_lava
from lava.lib.dl.netx._table import HEADER
from lava.lib.dl.netx.hdf5 import _create
from lava.lib.dl.netx.hdf5._neuron import neuron_of, neuron_params
from lava.lib.dl.netx.utils import NetDict
from lava.lib.dl.spec.layers import JoiningLayer

Created = tuple[_create.Block, str]


def _absent(kind: str) -> Callable[..., Created]:
    """Creator of a layer that Lava has no process for."""

    def create(layer_config: _create.Config, *args: Any, **kwargs: Any) -> Created:
        raise NotImplementedError(
            f"{kind} is not implemented. Lava has no process for it, but "
            "lava.lib.dl.netx.load runs it"
        )

    return create


class Network(_lava.AbstractProcess):  # type: ignore[misc]
    """A ``.net`` file as a Lava process.

    Args:
        net_config: Path of the file. It stays open for reading.
        num_layers: Only the first so many entries of the file.
        skip_layers: Leave out the first so many entries.
        input_message_bits: Bits of a graded input message; 0 means that every nonzero
            message is one spike.
        input_shape: (width, height, channels) of the input, where the file doesn't say
            and the first layer is a convolution.
        reset_interval: Steps between resets of CUBA neurons; None never resets.
        reset_offset: Step of the first reset, less one; each layer resets one step
            after the layer before.
        spike_exp: Fraction bits of sigma-delta messages.
        sparse_fc_layer: Use Lava's sparse synapses for dense layers.
        max_bytes: Most memory that the processes may take; what they need is estimated
            from the file before any is taken.

    Attributes:
        net_config: The open file as a `NetDict`.
        layers: The blocks.
        in_layer: The first block.
        out_layer: The last block.
        inp: Input port.
        out: Output port.
        output_message_bits: Bits of a graded output message, 0 for spikes.
        net_str: The table of layers.

    Raises:
        FileNotFoundError: There is no such file.
        FormatError: The file is not a legal network.
        IndexError: No layer is left to build.
        NotImplementedError: Lava has no process for a layer or neuron.
        RuntimeError: The input shape of a convolution is not known.
        TypeError: ``input_message_bits`` is not an integer.
        ValueError: ``reset_interval`` is not positive, or the network needs more than
            ``max_bytes``.
    """

    def __init__(
        self,
        net_config: str | os.PathLike[str],
        num_layers: int | None = None,
        skip_layers: int = 0,
        input_message_bits: int | None = 0,
        input_shape: tuple[int, ...] | None = None,
        reset_interval: int | None = None,
        reset_offset: int = 0,
        spike_exp: int = 6,
        sparse_fc_layer: bool = False,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        super().__init__(
            net_config=os.fspath(net_config),
            num_layers=num_layers,
            skip_layers=skip_layers,
            input_message_bits=input_message_bits,
        )
        _check_options(input_message_bits, reset_interval)
        self.filename = os.fspath(net_config)
        self.num_layers = num_layers
        self.skip_layers = skip_layers
        self.input_message_bits = input_message_bits
        self.input_shape = input_shape
        self.reset_interval = reset_interval
        self.reset_offset = reset_offset
        self.spike_exp = spike_exp
        self.sparse_fc_layer = sparse_fc_layer
        network = spec.read(self.filename)
        kept = network.layers[: self.num_layers]
        built = [*enumerate(kept)][self.skip_layers :]
        check_need_on_lava(built, max_bytes)
        self.net_config = NetDict(self.filename)
        self.net_str = HEADER
        self.layers: list[_create.Block] = []
        walk = _Walk(self)
        self._build(kept, walk)
        warn(built, stacklevel=2)
        self._connect_ends(walk.entries)

    def _build(self, layers: tuple[spec.Layer, ...], walk: _Walk) -> None:
        for index, layer in enumerate(layers):
            if index < self.skip_layers:
                walk.skip(layer)
            else:
                walk.visit(layer)
        if not self.layers:
            raise IndexError(
                f"{self.filename}: no layer left to build of {len(layers)} entries, of "
                f"which skip_layers={self.skip_layers} are left out"
            )
        self.output_message_bits = walk.end.message_bits

    def _connect_ends(self, entries: list[Any]) -> None:
        self.in_layer = self.layers[0]
        self.out_layer = self.layers[-1]
        self.inp = _lava.InPort(shape=entries[0].shape)
        self.out = _lava.OutPort(shape=self.out_layer.out.shape)
        for entry in entries:
            if entry.shape != self.inp.shape:
                raise NotImplementedError(
                    f"layers take the network's input as {self.inp.shape} and as "
                    f"{entry.shape}; lava.lib.dl.netx.load runs it"
                )
            self.inp.connect(entry)
        self.out_layer.out.connect(self.out)

    def __str__(self) -> str:
        return self.net_str

    def __len__(self) -> int:
        return len(self.layers)

    @staticmethod
    def get_neuron_params(
        neuron_config: NetDict | spec.Neuron,
        input: bool = False,
        reset_interval: int | None = None,
        reset_offset: int = 0,
        spike_exp: int = 6,
    ) -> dict[str, Any]:
        """Process class of a neuron and its arguments, as a block takes them."""
        neuron = neuron_of(neuron_config)
        return neuron_params(neuron, input, reset_interval, reset_offset, spike_exp)

    @staticmethod
    def create_input(
        layer_config: _create.Config,
        reset_interval: int | None = None,
        reset_offset: int = 0,
        spike_exp: int = 6,
    ) -> Created:
        """Block and table row of an input layer."""
        options = _options(reset_interval, reset_offset, spike_exp)
        return _create.create_input(_create.layer_of(layer_config), options)

    @staticmethod
    def create_dense(
        layer_config: _create.Config,
        input_message_bits: int = 0,
        reset_interval: int | None = None,
        reset_offset: int = 0,
        spike_exp: int = 6,
        sparse_synapse: bool = False,
        rec: bool = False,
    ) -> Created:
        """Block and table row of a dense layer; the file says if it is recurrent."""
        options = _options(reset_interval, reset_offset, spike_exp)
        layer = _create.layer_of(layer_config)
        return _create.create_dense(layer, input_message_bits, sparse_synapse, options)

    @staticmethod
    def create_conv(
        layer_config: _create.Config,
        input_shape: tuple[int, ...] | None,
        input_message_bits: int = 0,
        reset_interval: int | None = None,
        reset_offset: int = 0,
        spike_exp: int = 6,
    ) -> Created:
        """Block and table row of a convolution."""
        options = _options(reset_interval, reset_offset, spike_exp)
        layer = _create.layer_of(layer_config)
        return _create.create_conv(layer, input_shape, input_message_bits, options)

    create_pool = staticmethod(_absent("pool"))
    create_convT = staticmethod(_absent("convT"))  # noqa: N815 - upstream's name
    create_unpool = staticmethod(_absent("unpool"))
    create_average = staticmethod(_absent("average"))

    @staticmethod
    def create_concat(
        layer_config: _create.Config,
        input_shapes: Sequence[tuple[int, ...]],
        input_message_bits: Sequence[int],
    ) -> Created:
        """Block and table row of outputs side by side, with shape and bits of each."""
        layer = _create.layer_of(layer_config)
        return _create.create_join(layer, input_shapes, input_message_bits)

    create_add = create_concat


# No dataclass: Lava runs this file under another name, where they fail.
class _End(NamedTuple):
    """What has been built up to an entry of the file.

    Attributes:
        block: The last block; None for the network's input.
        message_bits: Bits of what it sends, 0 for spikes.
        shape: Shape of that, (neurons,) or (width, height, channels).
        flatten: Whether the file flattens it.
        rank: Blocks with neurons on the longest way to here.
    """

    block: _create.Block | None
    message_bits: int
    shape: tuple[int, ...] = ()
    flatten: bool = False
    rank: int = 0


class _Walk:
    """Goes through the entries in order, carrying what the next block needs.

    Attributes:
        end: Where the last entry has led.
        entries: Ports that receive the network's input.
    """

    def __init__(self, net: Network) -> None:
        self.net = net
        self.end = _End(None, net.input_message_bits or 0)
        self.entries: list[Any] = []
        self._ends: list[_End] = []

    def options(self) -> _create.Options:
        """Neuron options of the next block: each resets one step after the last."""
        offset = self.net.reset_offset + 1 + self.end.rank
        return _options(self.net.reset_interval, offset, self.net.spike_exp)

    def skip(self, layer: Any) -> None:
        """Learn shape and message bits of an entry that is left out."""
        if len(layer.shape) == 3:
            self.net.input_shape = layer.shape[::-1]
        if getattr(layer, "neuron", None) is not None:
            params = _create.params_of(layer, self.options())
            bits = params.get("num_message_bits", 0)
            self.end = self.end._replace(message_bits=bits)
        self._ends.append(self.end)

    def visit(self, layer: Any) -> None:
        """Build and connect the block of an entry, if it needs one."""
        if isinstance(layer, spec.Flatten):
            self.end = self.end._replace(flatten=True)
        elif isinstance(layer, spec.Input) and layer.neuron is None:
            self.net.input_shape = layer.shape[::-1]
        elif isinstance(layer, JoiningLayer):
            self.join(layer)
        else:
            block = self.keep(self.create(layer))
            self.connect(self.end, block.inp)
            self.end = _End(block, block.output_message_bits, rank=self.end.rank + 1)
        self.end = self.end._replace(shape=layer.shape[::-1])
        self._ends.append(self.end)

    def keep(self, created: Created) -> Any:
        """Note a block and its row of the table."""
        block, table_row = created
        self.net.net_str += f"\n{table_row}"
        self.net.layers.append(block)
        return block

    def join(self, layer: JoiningLayer) -> None:
        """Build what joins outputs, and connect all of them."""
        sources = [self._ends[int(i)] for i in layer.sources]
        shapes = [source.shape for source in sources]
        bits = [source.message_bits for source in sources]
        block = self.keep(self.net.create_concat(layer, shapes, bits))
        for index, source in enumerate(sources):
            self.connect(source, block.entry(index))
        rank = max(source.rank for source in sources)
        self.end = _End(block, block.output_message_bits, rank=rank)

    def create(self, layer: Any) -> Created:
        """The block of a layer, by the layer's kind."""
        net, options, layer = self.net, self.options(), _create.layer_of(layer)
        if isinstance(layer, spec.Input):
            return net.create_input(layer, **options)
        if isinstance(layer, spec.Dense):
            sparse = net.sparse_fc_layer
            return net.create_dense(
                layer, self.end.message_bits, sparse_synapse=sparse, **options
            )
        shape = net.input_shape if self.end.block is None else self.end.block.shape
        if shape is None and layer.input_shape is not None:
            shape = net.input_shape = layer.input_shape[::-1]
        return net.create_conv(layer, shape, self.end.message_bits, **options)

    def connect(self, source: _End, entry: Any) -> None:
        """Lead an output to a port, flattened if the file says so."""
        if source.block is None:
            self.entries.append(entry)
        elif source.flatten and len(source.block.shape) == 3:
            # The trainer flattens (channels, height, width).
            source.block.out.transpose([2, 1, 0]).flatten().connect(entry)
        else:
            source.block.out.connect(entry)


def _options(interval: int | None, offset: int, spike_exp: int) -> _create.Options:
    return {"reset_interval": interval, "reset_offset": offset, "spike_exp": spike_exp}


def _check_options(message_bits: int | None, reset_interval: int | None) -> None:
    if message_bits is None:
        raise TypeError(
            "input_message_bits is None; give 0 for spikes or the bits of a message"
        )
    if reset_interval is not None and reset_interval <= 0:
        raise ValueError(
            f"reset_interval is {reset_interval}; give a positive number of steps, or "
            "None to never reset"
        )


@_lava.runs(Network)
class PyNetworkModel(_lava.AbstractSubProcessModel):  # type: ignore[misc]
    """Runs a network on which ``run`` is called: by its blocks."""

    def __init__(self, proc: Any) -> None:
        for index, layer in enumerate(proc.layers):
            setattr(self, f"layer_{index:04d}", layer)
