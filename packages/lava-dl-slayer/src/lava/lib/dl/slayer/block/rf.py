"""Blocks of resonate-and-fire neurons."""

from collections.abc import Mapping
from typing import Any

from lava.lib.dl import spec
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block, blocks
from lava.lib.dl.slayer.neuron import cuba, rf
from lava.lib.dl.slayer.synapse import complex as synapse

__all__ = ["AbstractRF", "Affine", *base.NAMES]


class AbstractRF(base.Family):
    """Resonate-and-fire neurons and complex synapses."""

    neuron_class = rf.Neuron
    synapses = synapse
    record = spec.Rf

    @classmethod
    def recurrent_params(cls, neuron_params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The surrogate derivative gets the area that the other neurons' have.

        As it is, its area is 10 / threshold, as if a spike were so high: harmless in a
        pass forward, but what returns through it grows with every step.
        """
        width = neuron_params.get("threshold", 1) * neuron_params.get("tau_grad", 1)
        inverse_area = 2 * rf.TAU_RHO_MULT * width / rf.SCALE_RHO_MULT
        return {"scale_grad": cuba.SCALE_RHO_MULT * inverse_area, **neuron_params}


Input, Flatten, Average, TimeDecimation = blocks(AbstractRF, base.PLAIN)
Affine = block(AbstractRF, base.AbstractAffine)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractRF, base.SYNAPTIC)
KWTA, Recurrent = blocks(AbstractRF, base.FEEDBACK)
