"""Blocks of adaptive leaky integrate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import blocks
from lava.lib.dl.slayer.neuron import alif

__all__ = ["AbstractALIF", *base.NAMES]


class AbstractALIF(base.Family):
    """Adaptive leaky integrate-and-fire neurons."""

    neuron_class = alif.Neuron
    synapses = synapse
    record = spec.Alif


Input, Flatten, Average, TimeDecimation = blocks(AbstractALIF, base.PLAIN)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractALIF, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractALIF, base.FEEDBACK)
