"""Bootstrap blocks of current-based leaky integrate-and-fire neurons."""

from lava.lib.dl.bootstrap.block import base
from lava.lib.dl.bootstrap.block.base import Mode
from lava.lib.dl.slayer.block import cuba as _family

__all__ = ["Affine", "Mode", *base.PLAIN, *base.SYNAPTIC]

Input, Flatten, Average = base.bootstrap_blocks(_family, base.PLAIN, __name__)
Affine = base.bootstrap_block(_family, "Affine", __name__)
Dense, Conv, ConvT, Pool, Unpool = base.bootstrap_blocks(
    _family, base.SYNAPTIC, __name__
)
