"""Blocks of Izhikevich's adaptive resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import blocks
from lava.lib.dl.slayer.neuron import adrf_iz
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = ["AbstractADRFIZ", *base.NAMES]


class AbstractADRFIZ(base.Family):
    """Izhikevich's adaptive resonate-and-fire neurons and complex synapses."""

    neuron_class = adrf_iz.Neuron
    synapses = synapse
    record = spec.AdrfIz


Input, Flatten, Average, TimeDecimation = blocks(AbstractADRFIZ, base.PLAIN)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractADRFIZ, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractADRFIZ, base.FEEDBACK)
