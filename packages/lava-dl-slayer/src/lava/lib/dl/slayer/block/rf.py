"""Blocks of resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import rf
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = [
    "KWTA",
    "AbstractRF",
    "Affine",
    "Average",
    "Conv",
    "ConvT",
    "Dense",
    "Flatten",
    "Input",
    "Pool",
    "Recurrent",
    "TimeDecimation",
    "Unpool",
]


class AbstractRF(base.Family):
    """Resonate-and-fire neurons and complex synapses."""

    neuron_class = rf.Neuron
    synapses = synapse
    record = spec.Rf


Input = block(AbstractRF, base.AbstractInput)
Flatten = block(AbstractRF, base.AbstractFlatten)
Average = block(AbstractRF, base.AbstractAverage)
Affine = block(AbstractRF, base.AbstractAffine)
TimeDecimation = block(AbstractRF, base.AbstractTimeDecimation)
Dense = block(AbstractRF, base.AbstractDense)
Conv = block(AbstractRF, base.AbstractConv)
ConvT = block(AbstractRF, base.AbstractConvT)
Pool = block(AbstractRF, base.AbstractPool)
Unpool = block(AbstractRF, base.AbstractUnpool)
KWTA = block(AbstractRF, base.AbstractKWTA)
Recurrent = block(AbstractRF, base.AbstractRecurrent)
