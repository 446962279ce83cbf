"""What layers share: shape, neurons, synapses and bias."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np

from lava.lib.dl.spec._codec import Array, Flag, IntArray, Integer, Shape, Text
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import Item, Record, dataset, items, marked, optional
from lava.lib.dl.spec.neurons import Alif, Cuba, Neuron, Sigma, SigmaDelta

READOUTS = ("spike", "voltage", "sum")
SILENT_THRESHOLD = 2**18 - 1
"""Upstream's affine layers store this threshold to say that they never spike."""

WITHOUT_VOLTAGE = (Alif, SigmaDelta, Sigma)
WIDE = (-(2**23), 2**23)
"""Limits of weights and biases: exact in a 32-bit float."""
COUNT = Integer(low=1, high=2**24)
LONGEST_DELAY = 2**15
SHAPE = dataset(
    "shape",
    Shape(),
    "shape of the output without batch and time",
    axes=("neuron | channel, height, width",),
)


def _matrix(rank: int) -> Array:
    """Holds weights; a matrix of one row may be stored as a row."""
    return Array(low=WIDE[0], high=WIDE[1], ranks=(1, 2) if rank == 2 else (rank,))


def weights(name: str, rank: int, axes: tuple[str, ...]) -> dict[str, Item]:
    """Metadata of weights."""
    more: Any = {"unit": "1/S", "axes": axes, "complex_name": f"{name}/real"}
    return dataset(name, _matrix(rank), "weights", **more)


def imaginary(name: str, rank: int, axes: tuple[str, ...]) -> Any:
    """The field of the imaginary part of weights."""
    doc = "imaginary weights of complex neurons"
    return optional(f"{name}/imag", _matrix(rank), doc, unit="1/S", axes=axes)


def biases(name: str, doc: str) -> Any:
    """The field of a bias."""
    codec = Array(low=WIDE[0], high=WIDE[1], ranks=(1, 3))
    axes = ("channel | 1 | width, height, channel",)
    return optional(name, codec, doc, unit="1/S", axes=axes)


def misfit(
    code: str, name: str, array: IntArray | None, shapes: Collection[tuple[int, ...]]
) -> Iterator[Problem]:
    """An array that has none of the shapes it may have."""
    if array is not None and array.shape not in shapes:
        told = f"{name} has shape {array.shape}; needed is one of {sorted(shapes)}"
        yield problem(code, name, told)


@dataclass(frozen=True, eq=False)
class Layer(Record):
    """What all layer kinds share: the shape of their output."""

    shape: tuple[int, ...] = field(metadata=SHAPE)

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape as the file has it."""
        return self.shape


@dataclass(frozen=True, eq=False)
class NeuronLayer(Layer):
    """What layers with neurons share.

    Attributes:
        neuron: The neurons, or None for a layer without dynamics.
        weight_scale: Weights and thresholds count in ``1 / weight_scale``, states in
            ``1 / (64 * weight_scale)``.
        delay_shift: The output appears one step late; default True, but False for
            sigma-delta kinds and for layers that read out no spikes.
        readout: What the layer puts out: ``"spike"``, ``"voltage"`` (the imaginary
            state of complex kinds) or ``"sum"`` (the synapse's result, likewise). The
            default is ``"sum"`` without neurons, ``"voltage"`` where the threshold is
            that of upstream's affine layers, and ``"spike"`` otherwise.
    """

    _: KW_ONLY
    neuron: Neuron | None = None
    weight_scale: int = marked(
        "weight_scale",
        Integer(low=1, high=2**16),
        "units of weights in 1.0",
        64,
        unit="count",
    )
    delay_shift: bool = marked("delay_shift", Flag(), "output appears one step late")
    readout: str = marked("readout", Text(choices=READOUTS), "what the layer puts out")

    def __post_init__(self) -> None:
        neuron: Any = self.neuron
        if neuron is not None and not isinstance(neuron, Neuron):
            raise TypeError(
                f"neuron: expected a record such as Cuba, got {neuron!r:.60}"
            )
        super().__post_init__()

    def arrange(self) -> None:
        """Fill in the defaults that depend on the neuron."""
        readout: Any = self.readout
        self.set(readout=self.default_readout if readout is None else readout)
        delayed: Any = self.delay_shift
        self.set(delay_shift=self.default_delay_shift if delayed is None else delayed)

    @property
    def state_scale(self) -> int:
        """Units of states in 1.0."""
        return 64 * self.weight_scale

    @property
    def default_readout(self) -> str:
        """The readout of a file that doesn't say."""
        if self.neuron is None:
            return "sum"
        silent = isinstance(self.neuron, Cuba) and (
            self.neuron.threshold == SILENT_THRESHOLD
        )
        return "voltage" if silent else "spike"

    @property
    def default_delay_shift(self) -> bool:
        """The delay shift of a file that doesn't say."""
        sigma_delta = isinstance(self.neuron, (SigmaDelta, Sigma))
        return self.readout == "spike" and not sigma_delta

    def check(self) -> Iterator[Problem]:
        """A state can be read out only where there is a neuron."""
        yield from self.check_channels()
        if self.neuron is None and self.readout != "sum":
            told = f"readout {self.readout!r} needs a neuron; give one or use 'sum'"
            yield problem("neuron-missing", "readout", told)
        if self.readout == "voltage" and isinstance(self.neuron, WITHOUT_VOLTAGE):
            told = (
                f"{self.neuron.type} neurons have no readout 'voltage'; use 'spike' or "
                "'sum'"
            )
            yield problem("readout", "readout", told)

    @property
    def norm_biases(self) -> tuple[IntArray | None, IntArray | None]:
        """What the norm adds to the real and to the imaginary input of the neurons."""
        return None, None

    def check_channels(self) -> Iterator[Problem]:
        """Rows of neuron parameters have one entry per channel."""
        known = items(type(self.neuron)) if isinstance(self.neuron, Neuron) else {}
        for name, (_, item) in known.items():
            row = getattr(self.neuron, name)
            if isinstance(row, np.ndarray) and len(row) not in self.row_lengths(name):
                told = (
                    f"{name} has {len(row)} entries; the layer has {self.shape[0]} "
                    "channels"
                )
                yield problem("neuron-channels", f"neuron/{item.name}", told)

    def row_lengths(self, name: str) -> set[int]:
        """Lengths a row of a neuron's parameter may have."""
        return {1, self.shape[0]} | (
            {math.prod(self.shape)} if name == "bias" else set()
        )


@dataclass(frozen=True, eq=False)
class SynapseLayer(NeuronLayer):
    """What layers with synapses share.

    Attributes:
        weight: Weights; the real part where ``weight_imag`` is given.
        weight_imag: Imaginary weights of complex neurons, shaped as ``weight``.
        delay: Steps by which outputs are late, one per channel or neuron; a single
            one counts for all.
    """

    weight: IntArray
    _: KW_ONLY
    weight_imag: IntArray | None = None
    delay: IntArray | None = optional(
        "delay",
        Array(low=0, high=LONGEST_DELAY),
        "delay of the outputs",
        unit="step",
        axes=("1 | channel",),
    )

    @property
    def is_complex(self) -> bool:
        """Whether the weights have an imaginary part."""
        return self.weight_imag is not None

    @property
    def matrices(self) -> dict[str, IntArray]:
        """The weights that a file stores, by their names in it."""
        matrices: dict[str, IntArray] = {}
        for name, (_, item) in items(type(self)).items():
            value = getattr(self, name)
            if name.startswith("weight") and isinstance(value, np.ndarray):
                matrices[item.name] = value
        return matrices

    @property
    def channels(self) -> int:
        """Number of output channels: neurons of a flat layer, C of (C, H, W)."""
        return self.shape[0]

    def check(self) -> Iterator[Problem]:
        """Real and imaginary part match each other and the neuron; delays fit."""
        yield from super().check()
        if self.weight_imag is not None and self.weight_imag.shape != self.weight.shape:
            told = (
                f"real weights have shape {self.weight.shape}, imaginary ones "
                f"{self.weight_imag.shape}; they must be the same"
            )
            yield problem("complex-pair", "weight/imag", told)
        if self.neuron is not None and self.neuron.is_complex != self.is_complex:
            kind = "real and imaginary" if self.neuron.is_complex else "only real"
            told = f"a {self.neuron.type} neuron needs {kind} weights"
            yield problem("neuron-family", "neuron/type", told)
        yield from misfit("delay", "delay", self.delay, self.delay_shapes)

    @property
    def delay_shapes(self) -> set[tuple[int, ...]]:
        """Shapes a delay may have."""
        return {(1,), (self.channels,)}


@dataclass(frozen=True, eq=False)
class BiasedLayer(SynapseLayer):
    """What layers with a norm share: a bias, the negative of the norm's mean.

    Attributes:
        bias: Added to the norm's input, one per channel or neuron.
        bias_imag: The same for the imaginary input of complex neurons.
    """

    _: KW_ONLY
    bias: IntArray | None = biases("bias", "bias")
    bias_imag: IntArray | None = biases("bias_imag", "bias of the imaginary input")

    def check(self) -> Iterator[Problem]:
        """One bias, one per channel, or one per neuron."""
        yield from super().check()
        for name in ("bias", "bias_imag"):
            yield from misfit("bias", name, getattr(self, name), self.bias_shapes)
        if self.bias_imag is not None and not self.is_complex:
            told = "bias_imag needs complex weights; leave it out"
            yield problem("bias", "bias_imag", told)

    @property
    def norm_biases(self) -> tuple[IntArray | None, IntArray | None]:
        """``bias`` and ``bias_imag``."""
        return self.bias, self.bias_imag

    @property
    def bias_shapes(self) -> set[tuple[int, ...]]:
        """Shapes a bias may have."""
        return {(1,), (self.channels,)}
