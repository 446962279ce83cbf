"""The layer kinds that blocks are made of, one generic class each."""

from lava.lib.dl.slayer.block._block import Block, Family, step_delay
from lava.lib.dl.slayer.block._compose import block, block_name
from lava.lib.dl.slayer.block._joined import Concat, Residual
from lava.lib.dl.slayer.block._recurrent import AbstractKWTA, AbstractRecurrent
from lava.lib.dl.slayer.block._simple import (
    AbstractAverage,
    AbstractFlatten,
    AbstractInput,
    AbstractTimeDecimation,
)
from lava.lib.dl.slayer.block._synaptic import (
    AbstractAffine,
    AbstractConv,
    AbstractConvT,
    AbstractDense,
    AbstractPool,
    AbstractUnpool,
)

__all__ = [
    "AbstractAffine",
    "AbstractAverage",
    "AbstractConv",
    "AbstractConvT",
    "AbstractDense",
    "AbstractFlatten",
    "AbstractInput",
    "AbstractKWTA",
    "AbstractPool",
    "AbstractRecurrent",
    "AbstractResidual",
    "AbstractTimeDecimation",
    "AbstractUnpool",
    "Block",
    "Concat",
    "Family",
    "Residual",
    "block",
    "step_delay",
]

PLAIN = (AbstractInput, AbstractFlatten, AbstractAverage, AbstractTimeDecimation)
SYNAPTIC = (AbstractDense, AbstractConv, AbstractConvT, AbstractPool, AbstractUnpool)
FEEDBACK = (AbstractKWTA, AbstractRecurrent)

NAMES = sorted(block_name(kind) for kind in (*PLAIN, *SYNAPTIC, *FEEDBACK))
"""Of the blocks that every spiking neuron has."""

AbstractResidual = Residual
"""Upstream's name, of a block that it never had."""
