"""Blocks of current-based leaky integrate-and-fire neurons."""

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block
from lava.lib.dl.slayer.neuron import cuba

__all__ = [
    "KWTA",
    "AbstractCuba",
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


class AbstractCuba(base.Family):
    """Current-based leaky integrate-and-fire neurons."""

    neuron_class = cuba.Neuron
    synapses = synapse
    record = spec.Cuba


Input = block(AbstractCuba, base.AbstractInput)
Flatten = block(AbstractCuba, base.AbstractFlatten)
Average = block(AbstractCuba, base.AbstractAverage)
Affine = block(AbstractCuba, base.AbstractAffine)
TimeDecimation = block(AbstractCuba, base.AbstractTimeDecimation)
Dense = block(AbstractCuba, base.AbstractDense)
Conv = block(AbstractCuba, base.AbstractConv)
ConvT = block(AbstractCuba, base.AbstractConvT)
Pool = block(AbstractCuba, base.AbstractPool)
Unpool = block(AbstractCuba, base.AbstractUnpool)
KWTA = block(AbstractCuba, base.AbstractKWTA)
Recurrent = block(AbstractCuba, base.AbstractRecurrent)
