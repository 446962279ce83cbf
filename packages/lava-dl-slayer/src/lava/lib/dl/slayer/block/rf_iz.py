"""Blocks of Izhikevich's resonate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block, blocks
from lava.lib.dl.slayer.neuron import rf_iz
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = ["AbstractRFIz", "Affine", *base.NAMES]


class AbstractRFIz(base.Family):
    """Izhikevich's resonate-and-fire neurons and complex synapses."""

    neuron_class = rf_iz.Neuron
    synapses = synapse
    record = spec.RfIz


Input, Flatten, Average, TimeDecimation = blocks(AbstractRFIz, base.PLAIN)
Affine = block(AbstractRFIz, base.AbstractAffine)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractRFIz, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractRFIz, base.FEEDBACK)
