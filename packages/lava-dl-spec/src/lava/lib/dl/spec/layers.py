"""The layer kinds of the format: one small record each.

Shapes leave out batch and time: ``(neurons,)`` or ``(channels, height, width)``.
Weights, biases and delays are integers in file units: a weight of 64 is 1.0 at the
usual ``weight_scale`` of 64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from lava.lib.dl.spec._codec import Array, IntArray, Integer, IntegerRow
from lava.lib.dl.spec._dense import (
    Dense,
    Kwta,
    KwtaDelay,
    Recurrent,
    RecurrentDelay,
    flat,
)
from lava.lib.dl.spec._kernels import Conv, ConvTranspose, KernelLayer, Pool, Unpool
from lava.lib.dl.spec._layer import (
    READOUTS,
    SILENT_THRESHOLD,
    WIDE,
    BiasedLayer,
    Layer,
    NeuronLayer,
    SynapseLayer,
)
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import dataset, marked, optional
from lava.lib.dl.spec.neurons import Sigma, SigmaDelta

__all__ = [
    "READOUTS",
    "SILENT_THRESHOLD",
    "Add",
    "Average",
    "BiasedLayer",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Dense",
    "FlatLayer",
    "Flatten",
    "Input",
    "JoiningLayer",
    "KernelLayer",
    "Kwta",
    "KwtaDelay",
    "Layer",
    "NeuronLayer",
    "Pool",
    "Recurrent",
    "RecurrentDelay",
    "SynapseLayer",
    "Unpool",
    "Unwritten",
]


_NORM_BIASES = ("norm_bias", "norm_bias_imag")


def _scalar(name: str, doc: str) -> Any:
    codec = IntegerRow("float32", *WIDE)
    return optional(name, codec, doc, unit="1/S", axes=("1",))


def _norm_bias(name: str, of: str) -> Any:
    doc = f"added by the norm to the {of} of the neurons"
    codec = Array(low=WIDE[0], high=WIDE[1])
    return optional(name, codec, doc, unit="1/S", axes=("1 | channel",))


@dataclass(frozen=True, eq=False)
class Input(NeuronLayer):
    """Where data enter: scale, shift, and encode with the neuron if there is one.

    Attributes:
        weight: Factor of the data; None leaves them as they are.
        bias: Added after the factor; None adds nothing.
        norm_bias: Added by the neurons' norm, one per channel or one for all.
        norm_bias_imag: The same for the imaginary input of complex neurons.
    """

    type: ClassVar[str] = "input"
    _: KW_ONLY
    weight: int | None = _scalar("weight", "factor of the data")
    bias: int | None = _scalar("bias", "added to the data")
    norm_bias: IntArray | None = _norm_bias("norm_bias", "input")
    norm_bias_imag: IntArray | None = _norm_bias("norm_bias_imag", "imaginary input")

    @property
    def norm_biases(self) -> tuple[IntArray | None, IntArray | None]:
        """``norm_bias`` and ``norm_bias_imag``."""
        return self.norm_bias, self.norm_bias_imag

    def check(self) -> Iterator[Problem]:
        """A norm needs neurons that have one, and has one bias a channel."""
        yield from super().check()
        for name, bias in zip(_NORM_BIASES, self.norm_biases, strict=True):
            if bias is not None and (reason := self._misfit(name, bias)):
                yield problem("bias", name, f"{name} {reason}")

    def _misfit(self, name: str, bias: IntArray) -> str:
        """Why the neurons can't take such a bias; empty where they can."""
        if self.neuron is None or isinstance(self.neuron, (SigmaDelta, Sigma)):
            return "needs neurons with a norm; leave it out"
        if name == "norm_bias_imag" and not self.neuron.is_complex:
            return "needs complex neurons; leave it out"
        if bias.shape not in {(1,), (self.shape[0],)}:
            return f"has shape {bias.shape}; needed is (1,) or ({self.shape[0]},)"
        return ""


@dataclass(frozen=True, eq=False)
class Unwritten(Layer):
    """An empty group: older writers left k-winners-take-all layers out.

    It holds the place of a layer whose content is not in the file; nothing can run it.
    """

    shape: tuple[int, ...] = field(default=(), init=False)


@dataclass(frozen=True, eq=False)
class FlatLayer(Layer):
    """A layer whose output is a row, stored as (n, 1, 1)."""

    def arrange(self) -> None:
        """The shape in memory is (n,)."""
        self.set(shape=flat(self.shape))

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """(n, 1, 1), as upstream's flatten has it."""
        return (*self.shape, 1, 1)


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
    _: KW_ONLY
    time_factor: int = marked(
        "time_factor",
        Integer(low=1, high=2**24),
        "steps averaged to one",
        1,
        unit="step",
    )

    def arrange(self) -> None:
        """Means over neurons are a row: the shape in memory is (n,)."""
        if self.time_factor == 1:
            self.set(shape=flat(self.shape))

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """(n, 1, 1) for means over neurons; bins of time keep their input's shape."""
        return (*self.shape, 1, 1) if self.time_factor == 1 else self.shape


@dataclass(frozen=True, eq=False)
class JoiningLayer(Layer):
    """A layer made of the outputs of earlier ones.

    Attributes:
        sources: Indices of the layers, in their order.
    """

    sources: IntArray = field(
        metadata=dataset(
            "sources",
            Array("int64", low=0, high=2**16),
            "indices of the layers joined",
            axes=("source",),
        )
    )


@dataclass(frozen=True, eq=False)
class Concat(JoiningLayer):
    """Outputs of earlier layers joined along the channels (``concat``).

    One source alone is a skip connection: the next layer reads that source.
    """

    type: ClassVar[str] = "concat"


@dataclass(frozen=True, eq=False)
class Add(JoiningLayer):
    """Outputs of earlier layers of one shape added up (``add``)."""

    type: ClassVar[str] = "add"
