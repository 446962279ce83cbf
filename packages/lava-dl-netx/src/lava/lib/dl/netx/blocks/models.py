"""How Lava runs a block on which ``run`` is called: by its neuron and synapses."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.blocks.process import (
    Add,
    ComplexDense,
    ComplexInput,
    Concat,
    Conv,
    Dense,
    Input,
    Place,
    RecurrentDense,
    Sum,
)

__all__ = [
    "AbstractPyBlockModel",
    "AbstractPyJoinModel",
    "PyAddModel",
    "PyComplexDenseModel",
    "PyComplexInputModel",
    "PyConcatModel",
    "PyConvModel",
    "PyDenseModel",
    "PyInputModel",
    "PyPlaceModel",
    "PyRecurrentDenseModel",
    "PySumModel",
]


class AbstractPyBlockModel(_lava.AbstractSubProcessModel):  # type: ignore[misc]
    """Exposes the processes inside a block.

    Attributes:
        neuron: The neurons.
        inp: The block's input port.
        out: The block's output port.
    """

    parts: tuple[str, ...] = ()

    def __init__(self, proc: Any) -> None:
        self.neuron = proc.neuron
        self.inp = proc.inp
        self.out = proc.out
        for part in self.parts:
            setattr(self, part, getattr(proc, part))


@_lava.implements(proc=Input, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyInputModel(AbstractPyBlockModel):
    """Runs an `Input` block."""


@_lava.implements(proc=ComplexInput, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyComplexInputModel(AbstractPyBlockModel):
    """Runs a `ComplexInput` block."""


@_lava.implements(proc=Dense, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyDenseModel(AbstractPyBlockModel):
    """Runs a `Dense` block."""

    parts = ("synapse",)


@_lava.implements(proc=RecurrentDense, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyRecurrentDenseModel(AbstractPyBlockModel):
    """Runs a `RecurrentDense` block."""

    parts = ("synapse", "synapse_rec")


@_lava.implements(proc=ComplexDense, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyComplexDenseModel(AbstractPyBlockModel):
    """Runs a `ComplexDense` block."""

    parts = ("real_synapse", "imag_synapse")


@_lava.implements(proc=Conv, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyConvModel(AbstractPyBlockModel):
    """Runs a `Conv` block."""

    parts = ("synapse",)


@_lava.implements(proc=Sum, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PySumModel(_lava.PyLoihiProcessModel):  # type: ignore[misc]
    """Runs a `Sum` process."""

    inp: Any = _lava.LavaPyType(_lava.PyInPort.VEC_DENSE, np.int32)
    out: Any = _lava.LavaPyType(_lava.PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """Send what arrived in the same step, which the port has added up."""
        self.out.send(self.inp.recv().astype(np.int32))


@_lava.implements(proc=Place, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyPlaceModel(_lava.PyLoihiProcessModel):  # type: ignore[misc]
    """Runs a `Place` process."""

    inp: Any = _lava.LavaPyType(_lava.PyInPort.VEC_DENSE, np.int32)
    out: Any = _lava.LavaPyType(_lava.PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """Send what arrived in the same step, in its place."""
        whole = np.zeros(self.proc_params["shape"], np.int32)
        arrived, first = self.inp.recv(), self.proc_params["first"]
        whole[..., first : first + arrived.shape[-1]] = arrived
        self.out.send(whole)


class AbstractPyJoinModel(_lava.AbstractSubProcessModel):  # type: ignore[misc]
    """Exposes the processes inside what joins outputs."""

    def __init__(self, proc: Any) -> None:
        self.sum = proc.sum
        for index, place in enumerate(proc.places):
            setattr(self, f"place_{index:04d}", place)


@_lava.implements(proc=Add, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyAddModel(AbstractPyJoinModel):
    """Runs an `Add` block."""


@_lava.implements(proc=Concat, protocol=_lava.LoihiProtocol)
@_lava.requires(_lava.CPU)
@_lava.tag("fixed_pt")
class PyConcatModel(AbstractPyJoinModel):
    """Runs a `Concat` block."""
