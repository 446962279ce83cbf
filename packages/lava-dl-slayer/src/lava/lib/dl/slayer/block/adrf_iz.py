"""Blocks of Izhikevich's adaptive resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import adrf_iz
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = [
    "KWTA",
    "AbstractADRFIZ",
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


class AbstractADRFIZ(base.Family):
    """Izhikevich's adaptive resonate-and-fire neurons and complex synapses."""

    neuron_class = adrf_iz.Neuron
    synapses = synapse
    record = spec.AdrfIz


Input = block(AbstractADRFIZ, base.AbstractInput)
Flatten = block(AbstractADRFIZ, base.AbstractFlatten)
Average = block(AbstractADRFIZ, base.AbstractAverage)
TimeDecimation = block(AbstractADRFIZ, base.AbstractTimeDecimation)
Dense = block(AbstractADRFIZ, base.AbstractDense)
Conv = block(AbstractADRFIZ, base.AbstractConv)
ConvT = block(AbstractADRFIZ, base.AbstractConvT)
Pool = block(AbstractADRFIZ, base.AbstractPool)
Unpool = block(AbstractADRFIZ, base.AbstractUnpool)
KWTA = block(AbstractADRFIZ, base.AbstractKWTA)
Recurrent = block(AbstractADRFIZ, base.AbstractRecurrent)
