"""How Lava runs a block on which ``run`` is called: by its neuron and synapses."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.blocks import process

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

    parts = ("synapse", "synapse_rec", "real_synapse", "imag_synapse")

    def __init__(self, proc: Any) -> None:
        self.neuron = proc.neuron
        self.inp = proc.inp
        self.out = proc.out
        for part in self.parts:
            if hasattr(proc, part):
                setattr(self, part, getattr(proc, part))


@_lava.runs(process.Input)
class PyInputModel(AbstractPyBlockModel):
    """Runs an `Input` block."""


@_lava.runs(process.ComplexInput)
class PyComplexInputModel(AbstractPyBlockModel):
    """Runs a `ComplexInput` block."""


@_lava.runs(process.Dense)
class PyDenseModel(AbstractPyBlockModel):
    """Runs a `Dense` block."""


@_lava.runs(process.RecurrentDense)
class PyRecurrentDenseModel(AbstractPyBlockModel):
    """Runs a `RecurrentDense` block."""


@_lava.runs(process.ComplexDense)
class PyComplexDenseModel(AbstractPyBlockModel):
    """Runs a `ComplexDense` block."""


@_lava.runs(process.Conv)
class PyConvModel(AbstractPyBlockModel):
    """Runs a `Conv` block."""


@_lava.runs(process.Sum)
class PySumModel(_lava.PyLoihiProcessModel):  # type: ignore[misc]
    """Runs a `Sum` process."""

    inp: Any = _lava.LavaPyType(_lava.PyInPort.VEC_DENSE, np.int32)
    out: Any = _lava.LavaPyType(_lava.PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """Send what arrived in the same step, which the port has added up."""
        self.out.send(self.inp.recv().astype(np.int32))


@_lava.runs(process.Place)
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


@_lava.runs(process.Add)
class PyAddModel(AbstractPyJoinModel):
    """Runs an `Add` block."""


@_lava.runs(process.Concat)
class PyConcatModel(AbstractPyJoinModel):
    """Runs a `Concat` block."""
