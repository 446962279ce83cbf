"""Bootstrap blocks of sigma-delta neurons, which are their own ANN.

The first step of a sigma-delta network sends every activation, rounded down to the
resolution of events and left out where it is below the threshold: it is the ANN.
"""

from lava.lib.dl.bootstrap.block import base
from lava.lib.dl.bootstrap.block.base import Mode
from lava.lib.dl.slayer.block import sigma_delta as _family

__all__ = ["Mode", "Output", *base.PLAIN, *base.SYNAPTIC]

Input, Flatten, Average = base.bootstrap_blocks(
    _family, base.PLAIN, __name__, base.Same
)
Dense, Conv, ConvT, Pool, Unpool = base.bootstrap_blocks(
    _family, base.SYNAPTIC, __name__, base.Same
)
Output = base.bootstrap_block(_family, "Output", __name__, base.Same)
