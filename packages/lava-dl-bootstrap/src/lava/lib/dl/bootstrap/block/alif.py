"""Bootstrap blocks of adaptive leaky integrate-and-fire neurons."""

from lava.lib.dl.bootstrap.block.base import Mode, bootstrap_block
from lava.lib.dl.slayer.block import alif as _family

__all__ = [
    "Average",
    "Conv",
    "ConvT",
    "Dense",
    "Flatten",
    "Input",
    "Mode",
    "Pool",
    "Unpool",
]

Input = bootstrap_block(_family, "Input", __name__)
Flatten = bootstrap_block(_family, "Flatten", __name__)
Average = bootstrap_block(_family, "Average", __name__)
Dense = bootstrap_block(_family, "Dense", __name__)
Conv = bootstrap_block(_family, "Conv", __name__)
ConvT = bootstrap_block(_family, "ConvT", __name__)
Pool = bootstrap_block(_family, "Pool", __name__)
Unpool = bootstrap_block(_family, "Unpool", __name__)
