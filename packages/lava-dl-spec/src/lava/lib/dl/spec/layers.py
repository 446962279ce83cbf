"""The layer kinds of the format: one small record each.

Shapes leave out batch and time: ``(neurons,)`` or ``(channels, height, width)``.
Weights, biases and delays are integers in file units: a weight of 64 is 1.0 at the
usual ``weight_scale`` of 64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from lava.lib.dl.spec._codec import (
    Array,
    Flag,
    IntArray,
    Integer,
    IntegerRow,
    Pair,
    Shape,
    Text,
)
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import Record, attribute, dataset, derived
from lava.lib.dl.spec.neurons import Cuba, Neuron, Sigma, SigmaDelta

__all__ = [
    "READOUTS",
    "Average",
    "BiasedLayer",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Dense",
    "Flatten",
    "Input",
    "Kwta",
    "KernelLayer",
    "Layer",
    "NeuronLayer",
    "Pool",
    "Recurrent",
    "SynapseLayer",
    "Unpool",
    "Unwritten",
]

READOUTS = ("spike", "voltage", "sum")
SILENT_THRESHOLD = 2**18 - 1
"""Upstream's affine layers store this threshold to say that they never spike."""

WIDE = (-(2**23), 2**23)
_COUNT = Integer(low=1, high=2**24)


def shape_field() -> tuple[int, ...]:
    """Declare the shape of a layer's output."""
    shape: tuple[int, ...] = dataset(
        "shape",
        Shape(),
        "shape of the output without batch and time",
        axes=("neuron | channel, height, width",),
    )
    return shape


def flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """``(n,)`` for ``(n,)``, ``(n, 1, 1)`` and ``(1, 1, n)``."""
    return (math.prod(shape),)


@dataclass(frozen=True, eq=False)
class Layer(Record):
    """What all layer kinds share: the shape of their output."""

    shape: tuple[int, ...] = shape_field()


@dataclass(frozen=True, eq=False)
class Unwritten(Layer):
    """An empty group: older writers left k-winners-take-all layers out.

    It holds the place of a layer whose content is not in the file; nothing can run it.
    """

    shape: tuple[int, ...] = field(default=(), init=False)


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
            state of complex kinds) or ``"sum"`` (the synapse's result). The default
            is ``"sum"`` without neurons, ``"voltage"`` where the threshold is that of
            upstream's affine layers, and ``"spike"`` otherwise.
    """

    neuron: Neuron | None = field(default=None, kw_only=True)
    weight_scale: int = attribute(
        "weight_scale",
        Integer(low=1, high=2**16),
        "units of weights in 1.0",
        default=64,
    )
    delay_shift: bool = attribute(
        "delay_shift", Flag(), "output appears one step late", default=None
    )
    readout: str = attribute(
        "readout", Text(choices=READOUTS), "what the layer puts out", default=None
    )

    def __post_init__(self) -> None:
        if self.neuron is not None and not isinstance(self.neuron, Neuron):
            raise TypeError(
                f"neuron: expected a record such as Cuba, got {self.neuron!r:.60}"
            )
        super().__post_init__()

    def arrange(self) -> None:
        """Fill in the defaults that depend on the neuron."""
        if self.readout is None:
            self.set(readout=self.default_readout)
        if self.delay_shift is None:
            self.set(delay_shift=self.default_delay_shift)

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
        if self.neuron is None and self.readout != "sum":
            yield problem(
                "neuron-missing",
                "readout",
                f"readout {self.readout!r} needs a neuron; give one or use 'sum'",
            )


@dataclass(frozen=True, eq=False)
class Input(NeuronLayer):
    """Where data enter: scale, shift, and encode with the neuron if there is one.

    Attributes:
        weight: Factor of the data; None leaves them as they are.
        bias: Added after the factor; None adds nothing.
    """

    type: ClassVar[str] = "input"
    weight: int | None = dataset(
        "weight",
        IntegerRow("float32", *WIDE),
        "factor of the data, 1/weight_scale",
        axes=("1",),
        default=None,
    )
    bias: int | None = dataset(
        "bias",
        IntegerRow("float32", *WIDE),
        "added to the data, 1/weight_scale",
        axes=("1",),
        default=None,
    )


def weight_codec(rank: int) -> Array:
    """Weights of the given rank; a matrix of one row may be stored as a row."""
    return Array(low=WIDE[0], high=WIDE[1], ranks=(1, 2) if rank == 2 else (rank,))


def weight_field(name: str, rank: int, axes: tuple[str, ...]) -> IntArray:
    """Declare weights."""
    codec = weight_codec(rank)
    doc = "weights, 1/weight_scale"
    weight: IntArray = dataset(name, codec, doc, axes=axes, complex_name=f"{name}/real")
    return weight


def imaginary_field(name: str, rank: int, axes: tuple[str, ...]) -> IntArray | None:
    """Declare the imaginary part of weights."""
    codec = weight_codec(rank)
    doc = "imaginary weights of complex neurons, 1/weight_scale"
    weight: IntArray | None = dataset(
        f"{name}/imag", codec, doc, axes=axes, default=None
    )
    return weight


def bias_field(name: str, doc: str) -> IntArray | None:
    """Declare a bias."""
    codec = Array(low=WIDE[0], high=WIDE[1], ranks=(1, 3))
    bias: IntArray | None = dataset(
        name, codec, doc, axes=("1|channel|neuron",), default=None
    )
    return bias


@dataclass(frozen=True, eq=False)
class SynapseLayer(NeuronLayer):
    """What layers with synapses share.

    Attributes:
        weight: Weights; the real part where ``weight_imag`` is given.
        weight_imag: Imaginary weights of complex neurons, shaped as ``weight``.
        delay: Steps by which outputs are late, one per channel or neuron; a single
            one counts for all. A row of one per input, or a matrix, delays inputs.
    """

    weight: IntArray
    weight_imag: IntArray | None = field(default=None, kw_only=True)
    delay: IntArray | None = dataset(
        "delay",
        Array(low=0, high=2**15, ranks=(1, 2)),
        "delay in steps",
        axes=("1|channel|input", "input"),
        default=None,
    )

    @property
    def is_complex(self) -> bool:
        """Whether the weights have an imaginary part."""
        return self.weight_imag is not None

    @property
    def channels(self) -> int:
        """Number of output channels: neurons of a flat layer, C of (C, H, W)."""
        return self.shape[0]

    def check(self) -> Iterator[Problem]:
        """Real and imaginary part match each other and the neuron; delays fit."""
        yield from super().check()
        if self.weight_imag is not None and self.weight_imag.shape != self.weight.shape:
            yield problem(
                "complex-pair",
                "weight/imag",
                f"real weights have shape {self.weight.shape}, imaginary ones "
                f"{self.weight_imag.shape}; they must be the same",
            )
        if self.neuron is not None and self.neuron.is_complex != self.is_complex:
            kind = "real and imaginary" if self.neuron.is_complex else "only real"
            yield problem(
                "neuron-family",
                "neuron/type",
                f"a {self.neuron.type} neuron needs {kind} weights",
            )
        yield from self.check_delay()

    def check_delay(self) -> Iterator[Problem]:
        """One delay, or one per output channel."""
        if self.delay is not None and self.delay.shape not in self.delay_shapes:
            yield problem(
                "delay",
                "delay",
                f"delay has shape {self.delay.shape}; needed is one of "
                f"{sorted(self.delay_shapes)}",
            )

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

    bias: IntArray | None = bias_field("bias", "bias, 1/weight_scale")
    bias_imag: IntArray | None = bias_field(
        "bias_imag", "bias of the imaginary input, 1/weight_scale"
    )

    def check(self) -> Iterator[Problem]:
        """One bias, one per channel, or one per neuron."""
        yield from super().check()
        for name in ("bias", "bias_imag"):
            bias = getattr(self, name)
            if bias is not None and bias.shape not in self.bias_shapes:
                yield problem(
                    "bias",
                    name,
                    f"{name} has shape {bias.shape}; needed is one of "
                    f"{sorted(self.bias_shapes)}",
                )
        if self.bias_imag is not None and not self.is_complex:
            yield problem(
                "bias", "bias_imag", "bias_imag needs complex weights; leave it out"
            )

    @property
    def bias_shapes(self) -> set[tuple[int, ...]]:
        """Shapes a bias may have."""
        return {(1,), (self.channels,)}


_DENSE = ("output", "input")


@dataclass(frozen=True, eq=False)
class Dense(BiasedLayer):
    """All-to-all synapses (``dense``), with neurons or, as a read-out, without.

    Attributes:
        weight: Shape (outputs, inputs).
    """

    type: ClassVar[str] = "dense"
    aliases: ClassVar[tuple[str, ...]] = ("dense_comp",)
    derived = (
        derived("inFeatures", _COUNT, "number of inputs", "in_features"),
        derived("outFeatures", _COUNT, "number of outputs", "out_features"),
    )
    weight: IntArray = weight_field("weight", 2, _DENSE)
    weight_imag: IntArray | None = imaginary_field("weight", 2, _DENSE)

    def arrange(self) -> None:
        """Older files store one neuron's weights as a row, and (n, 1, 1) as shape."""
        super().arrange()
        self.set(shape=flat(self.shape))
        for name in ("weight", "weight_imag"):
            weight = getattr(self, name)
            if (
                weight is not None
                and weight.ndim == 1
                and not weight.size % self.shape[0]
            ):
                self.set(**{name: weight.reshape(self.shape[0], -1)})

    @property
    def in_features(self) -> int:
        """Number of inputs."""
        return int(self.weight.shape[1])

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        return int(self.weight.shape[0])

    @property
    def delay_shapes(self) -> set[tuple[int, ...]]:
        """One, one per output, one per input, or one per synapse."""
        return {(1,), (self.out_features,), (self.in_features,), self.weight.shape}

    def check(self) -> Iterator[Problem]:
        """The weights have one row per output."""
        if self.weight.ndim != 2:
            yield problem(
                "features",
                "weight",
                f"{self.weight.size} weights can't be shared by {self.shape[0]} neurons",
            )
            return
        yield from super().check()
        if self.out_features != self.shape[0]:
            yield problem(
                "features",
                "weight",
                f"weight has {self.out_features} rows, but the layer has "
                f"{self.shape[0]} neurons; they must be the same",
            )


@dataclass(frozen=True, eq=False)
class Recurrent(Dense):
    """Dense synapses plus synapses from the layer to itself (``dense_rec``).

    Attributes:
        weight_rec: Shape (outputs, outputs); acts on the spikes of the step before.
    """

    type: ClassVar[str] = "dense_rec"
    aliases: ClassVar[tuple[str, ...]] = ()
    weight_rec: IntArray = weight_field("weight_rec", 2, ("output", "output"))
    weight_rec_imag: IntArray | None = imaginary_field(
        "weight_rec", 2, ("output", "output")
    )

    def check(self) -> Iterator[Problem]:
        """The recurrent weights are square."""
        yield from super().check()
        square = (self.out_features, self.out_features)
        for name in ("weight_rec", "weight_rec_imag"):
            weight = getattr(self, name)
            if weight is not None and weight.shape != square:
                yield problem(
                    "features",
                    name.replace("_imag", "/imag"),
                    f"{name} has shape {weight.shape}, needed is {square}",
                )
        if (self.weight_rec_imag is None) == self.is_complex:
            yield problem(
                "complex-pair",
                "weight_rec",
                "weight and weight_rec must both be real or both complex",
            )


@dataclass(frozen=True, eq=False)
class Kwta(Dense):
    """Dense synapses with lateral inhibition: k winners take all (``kwta``).

    Each neuron excites itself by ``self_excitation`` and inhibits every other by
    ``inhibition``, both acting on the spikes of the step before; ``drive`` lifts all.

    Attributes:
        num_winners: The k for which the bias was chosen.
        self_excitation: Weight of a neuron on itself.
        inhibition: Weight of a neuron on every other.
        drive: Added to every neuron's synaptic sum at every step.
    """

    type: ClassVar[str] = "kwta"
    aliases: ClassVar[tuple[str, ...]] = ()
    num_winners: int = dataset("numWinners", _COUNT, "number of winners, k")
    self_excitation: int = dataset(
        "selfExcitation",
        Integer("int64", *WIDE),
        "weight of a neuron on itself, 1/weight_scale",
    )
    inhibition: int = dataset(
        "inhibition",
        Integer("int64", *WIDE),
        "weight of a neuron on every other, 1/weight_scale",
        default=-64,
    )

    drive: int = dataset(
        "drive",
        Integer("int64", *WIDE),
        "added to every sum, 1/weight_scale",
        default=0,
    )

    @property
    def weight_rec(self) -> IntArray:
        """The lateral weights as a matrix."""
        weight = np.full((self.shape[0],) * 2, self.inhibition, dtype=np.int32)
        np.fill_diagonal(weight, self.self_excitation)
        return weight


@dataclass(frozen=True, eq=False)
class KernelLayer(SynapseLayer):
    """What layers with a sliding kernel share.

    Attributes:
        stride: Step of the kernel, (height, width).
        padding: Zeros around the input, (height, width).
        dilation: Distance of the kernel's taps, (height, width).
    """

    derived = (
        derived("kernelSize", Pair(low=1), "kernel (height, width)", "kernel_size"),
    )
    stride: tuple[int, int] = dataset(
        "stride",
        Pair(low=1),
        "step of the kernel",
        axes=("2: height, width",),
        default=(1, 1),
    )
    padding: tuple[int, int] = dataset(
        "padding",
        Pair(),
        "zeros around the input",
        axes=("2: height, width",),
        default=(0, 0),
    )
    dilation: tuple[int, int] = dataset(
        "dilation",
        Pair(low=1),
        "distance of the taps",
        axes=("2: height, width",),
        default=(1, 1),
    )

    @property
    def kernel_size(self) -> tuple[int, int]:
        """Kernel as (height, width)."""
        height, width = self.weight.shape[2:]
        return int(height), int(width)

    def check(self) -> Iterator[Problem]:
        """The output is (channels, height, width)."""
        yield from super().check()
        if len(self.shape) != 3:
            yield problem(
                "shape",
                "shape",
                f"shape is {self.shape}; a {self.type} layer needs "
                "(channels, height, width)",
            )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output for an input of the given size."""
        spans = zip(
            (height, width),
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            strict=True,
        )
        high, wide = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans)
        return high, wide


_CONV = ("output channel", "input channel / groups", "height", "width")
_TRANSPOSE = ("input channel", "output channel / groups", "height", "width")
_POOL = ("1", "1", "height", "width")


@dataclass(frozen=True, eq=False)
class Conv(KernelLayer, BiasedLayer):
    """Convolution, in fact cross-correlation as in PyTorch (``conv``).

    Attributes:
        weight: Shape (output channels, input channels / groups, height, width).
        groups: Number of separate channel groups.
    """

    type: ClassVar[str] = "conv"
    derived = (
        derived("inChannels", _COUNT, "number of input channels", "in_channels"),
        derived("outChannels", _COUNT, "number of output channels", "out_channels"),
        *KernelLayer.derived,
    )
    weight: IntArray = weight_field("weight", 4, _CONV)
    weight_imag: IntArray | None = imaginary_field("weight", 4, _CONV)
    groups: int = dataset(
        "groups", Integer(low=1, high=2**24), "channel groups", default=1
    )

    @property
    def in_channels(self) -> int:
        """Number of input channels."""
        return int(self.weight.shape[1]) * self.groups

    @property
    def out_channels(self) -> int:
        """Number of output channels."""
        return int(self.weight.shape[0])

    @property
    def bias_shapes(self) -> set[tuple[int, ...]]:
        """One per channel, or one per neuron in (width, height, channel) order."""
        return {(self.channels,), (math.prod(self.shape),), self.shape[::-1]}

    def check(self) -> Iterator[Problem]:
        """Channels match the shape and divide into the groups."""
        yield from super().check()
        if self.out_channels != self.channels:
            yield problem(
                "features",
                "weight",
                f"weight has {self.out_channels} output channels, but shape "
                f"{self.shape} has {self.channels}",
            )
        if self.out_channels % self.groups or self.in_channels % self.groups:
            yield problem(
                "features",
                "groups",
                f"{self.groups} groups don't divide {self.in_channels} input and "
                f"{self.out_channels} output channels",
            )


@dataclass(frozen=True, eq=False)
class ConvTranspose(Conv):
    """Transposed convolution (``convT``).

    Attributes:
        weight: Shape (input channels, output channels / groups, height, width).
    """

    type: ClassVar[str] = "convT"
    weight: IntArray = weight_field("weight", 4, _TRANSPOSE)
    weight_imag: IntArray | None = imaginary_field("weight", 4, _TRANSPOSE)

    @property
    def in_channels(self) -> int:
        """Number of input channels."""
        return int(self.weight.shape[0])

    @property
    def out_channels(self) -> int:
        """Number of output channels."""
        return int(self.weight.shape[1]) * self.groups

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output for an input of the given size."""
        return transposed_size(self, height, width)


@dataclass(frozen=True, eq=False)
class Pool(KernelLayer):
    """Weighted sum over windows of each channel by itself (``pool``).

    Attributes:
        weight: Shape (1, 1, height, width).
    """

    type: ClassVar[str] = "pool"
    weight: IntArray = weight_field("weight", 4, _POOL)
    weight_imag: IntArray | None = imaginary_field("weight", 4, _POOL)

    def check(self) -> Iterator[Problem]:
        """There is one kernel for all channels."""
        yield from super().check()
        if self.weight.shape[:2] != (1, 1):
            yield problem(
                "features",
                "weight",
                f"weight has shape {self.weight.shape}; needed is (1, 1, height, width)",
            )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Size for an input filled up with zeros to a multiple of the kernel."""
        high, wide = self.kernel_size
        return super().output_size(height + -height % high, width + -width % wide)


@dataclass(frozen=True, eq=False)
class Unpool(Pool):
    """Transposed weighted sum over windows of each channel by itself (``unpool``)."""

    type: ClassVar[str] = "unpool"

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the output for an input of the given size."""
        return transposed_size(self, height, width)


def transposed_size(layer: KernelLayer, height: int, width: int) -> tuple[int, int]:
    """Output size of a transposed kernel."""
    spans = zip(
        (height, width),
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        strict=True,
    )
    high, wide = ((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in spans)
    return high, wide


@dataclass(frozen=True, eq=False)
class FlatLayer(Layer):
    """A layer whose output is a row, stored as (n, 1, 1)."""

    def arrange(self) -> None:
        """The shape in memory is (n,)."""
        self.set(shape=flat(self.shape))


@dataclass(frozen=True, eq=False)
class Flatten(FlatLayer):
    """(channels, height, width) as one row in C order (``flatten``)."""

    type: ClassVar[str] = "flatten"


@dataclass(frozen=True, eq=False)
class Average(Layer):
    """Mean over groups of neighbouring neurons, or over bins of time (``average``).

    Attributes:
        time_factor: Steps averaged to one; the last bin is filled up with zeros.
    """

    type: ClassVar[str] = "average"
    time_factor: int = attribute(
        "time_factor", Integer(low=1, high=2**24), "steps averaged to one", default=1
    )

    def arrange(self) -> None:
        """Means over neurons are a row: the shape in memory is (n,)."""
        if self.time_factor == 1:
            self.set(shape=flat(self.shape))


@dataclass(frozen=True, eq=False)
class Concat(Layer):
    """Outputs of earlier layers joined along the channels (``concat``).

    One source alone is a skip connection: the next layer reads that source.

    Attributes:
        sources: Indices of the layers, in the order of the channels.
    """

    type: ClassVar[str] = "concat"
    sources: IntArray = dataset(
        "sources",
        Array("int64", low=0, high=2**16),
        "indices of the layers joined",
        axes=("source",),
    )
