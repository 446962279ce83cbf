"""Blocks of Izhikevich's resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import rf_iz
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = [
    "KWTA",
    "AbstractRFIz",
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


class AbstractRFIz(base.Family):
    """Izhikevich's resonate-and-fire neurons and complex synapses."""

    neuron_class = rf_iz.Neuron
    synapses = synapse
    record = spec.RfIz


Input = block(AbstractRFIz, base.AbstractInput)
Flatten = block(AbstractRFIz, base.AbstractFlatten)
Average = block(AbstractRFIz, base.AbstractAverage)
Affine = block(AbstractRFIz, base.AbstractAffine)
TimeDecimation = block(AbstractRFIz, base.AbstractTimeDecimation)
Dense = block(AbstractRFIz, base.AbstractDense)
Conv = block(AbstractRFIz, base.AbstractConv)
ConvT = block(AbstractRFIz, base.AbstractConvT)
Pool = block(AbstractRFIz, base.AbstractPool)
Unpool = block(AbstractRFIz, base.AbstractUnpool)
KWTA = block(AbstractRFIz, base.AbstractKWTA)
Recurrent = block(AbstractRFIz, base.AbstractRecurrent)
