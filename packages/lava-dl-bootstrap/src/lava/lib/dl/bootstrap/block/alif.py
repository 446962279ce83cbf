"""Bootstrap blocks of adaptive leaky integrate-and-fire neurons."""

from lava.lib.dl.bootstrap.block import base
from lava.lib.dl.bootstrap.block.base import Mode
from lava.lib.dl.slayer.block import alif as _family

__all__ = ["Mode", *base.PLAIN, *base.SYNAPTIC]

Input, Flatten, Average = base.bootstrap_blocks(_family, base.PLAIN, __name__)
Dense, Conv, ConvT, Pool, Unpool = base.bootstrap_blocks(
    _family, base.SYNAPTIC, __name__
)
