"""Blocks of adaptive resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import blocks
from lava.lib.dl.slayer.neuron import adrf
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = ["AbstractADRF", *base.NAMES]


class AbstractADRF(base.Family):
    """Adaptive resonate-and-fire neurons and complex synapses."""

    neuron_class = adrf.Neuron
    synapses = synapse
    record = spec.Adrf


Input, Flatten, Average, TimeDecimation = blocks(AbstractADRF, base.PLAIN)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractADRF, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractADRF, base.FEEDBACK)
