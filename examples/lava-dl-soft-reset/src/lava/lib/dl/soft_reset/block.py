"""Blocks of the neuron: one description, and every layer follows."""

from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.soft_reset import neuron, record

__all__ = ["Conv", "Dense", "Flatten", "Input", "Pool"]


class AbstractSoftReset(base.Family):
    """Integrate-and-fire neurons whose reset subtracts the threshold."""

    neuron_class = neuron.Neuron
    synapses = synapse
    record = record.SoftReset


Input = base.block(AbstractSoftReset, base.AbstractInput)
Flatten = base.block(AbstractSoftReset, base.AbstractFlatten)
Dense = base.block(AbstractSoftReset, base.AbstractDense)
Conv = base.block(AbstractSoftReset, base.AbstractConv)
Pool = base.block(AbstractSoftReset, base.AbstractPool)
