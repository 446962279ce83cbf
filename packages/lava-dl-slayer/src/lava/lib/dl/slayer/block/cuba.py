"""Blocks of current-based leaky integrate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block, blocks
from lava.lib.dl.slayer.neuron import cuba

__all__ = ["AbstractCuba", "Affine", *base.NAMES]


class AbstractCuba(base.Family):
    """Current-based leaky integrate-and-fire neurons."""

    neuron_class = cuba.Neuron
    synapses = synapse
    record = spec.Cuba


Input, Flatten, Average, TimeDecimation = blocks(AbstractCuba, base.PLAIN)
Affine = block(AbstractCuba, base.AbstractAffine)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractCuba, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractCuba, base.FEEDBACK)
