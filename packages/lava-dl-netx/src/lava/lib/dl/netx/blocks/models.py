"""How Lava runs a block on which ``run`` is called: by its neuron and synapses."""

from __future__ import annotations

from typing import Any

from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.blocks.process import (
    ComplexDense,
    ComplexInput,
    Conv,
    Dense,
    Input,
    RecurrentDense,
)

__all__ = [
    "AbstractPyBlockModel",
    "PyComplexDenseModel",
    "PyComplexInputModel",
    "PyConvModel",
    "PyDenseModel",
    "PyInputModel",
    "PyRecurrentDenseModel",
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
