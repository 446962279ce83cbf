"""Blocks of adaptive resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import adrf
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = [
    "KWTA",
    "AbstractADRF",
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


class AbstractADRF(base.Family):
    """Adaptive resonate-and-fire neurons and complex synapses."""

    neuron_class = adrf.Neuron
    synapses = synapse
    record = spec.Adrf


Input = block(AbstractADRF, base.AbstractInput)
Flatten = block(AbstractADRF, base.AbstractFlatten)
Average = block(AbstractADRF, base.AbstractAverage)
TimeDecimation = block(AbstractADRF, base.AbstractTimeDecimation)
Dense = block(AbstractADRF, base.AbstractDense)
Conv = block(AbstractADRF, base.AbstractConv)
ConvT = block(AbstractADRF, base.AbstractConvT)
Pool = block(AbstractADRF, base.AbstractPool)
Unpool = block(AbstractADRF, base.AbstractUnpool)
KWTA = block(AbstractADRF, base.AbstractKWTA)
Recurrent = block(AbstractADRF, base.AbstractRecurrent)
