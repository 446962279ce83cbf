"""Blocks of adaptive leaky integrate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import alif

__all__ = [
    "KWTA",
    "AbstractALIF",
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


class AbstractALIF(base.Family):
    """Adaptive leaky integrate-and-fire neurons."""

    neuron_class = alif.Neuron
    synapses = synapse
    record = spec.Alif


Input = block(AbstractALIF, base.AbstractInput)
Flatten = block(AbstractALIF, base.AbstractFlatten)
Average = block(AbstractALIF, base.AbstractAverage)
TimeDecimation = block(AbstractALIF, base.AbstractTimeDecimation)
Dense = block(AbstractALIF, base.AbstractDense)
Conv = block(AbstractALIF, base.AbstractConv)
ConvT = block(AbstractALIF, base.AbstractConvT)
Pool = block(AbstractALIF, base.AbstractPool)
Unpool = block(AbstractALIF, base.AbstractUnpool)
KWTA = block(AbstractALIF, base.AbstractKWTA)
Recurrent = block(AbstractALIF, base.AbstractRecurrent)
