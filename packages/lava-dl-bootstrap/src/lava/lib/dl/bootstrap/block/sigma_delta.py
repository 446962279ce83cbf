"""Bootstrap blocks of sigma-delta neurons, which are their own ANN.

The first step of a sigma-delta network sends every activation, rounded down to the
resolution of events and left out where it is below the threshold: it is the ANN.
"""

from lava.lib.dl.bootstrap.block.base import Mode, Same, bootstrap_block
from lava.lib.dl.slayer.block import sigma_delta as _family

__all__ = [
    "Average",
    "Conv",
    "ConvT",
    "Dense",
    "Flatten",
    "Input",
    "Mode",
    "Output",
    "Pool",
    "Unpool",
]

Input = bootstrap_block(_family, "Input", __name__, Same)
Flatten = bootstrap_block(_family, "Flatten", __name__, Same)
Average = bootstrap_block(_family, "Average", __name__, Same)
Dense = bootstrap_block(_family, "Dense", __name__, Same)
Conv = bootstrap_block(_family, "Conv", __name__, Same)
ConvT = bootstrap_block(_family, "ConvT", __name__, Same)
Pool = bootstrap_block(_family, "Pool", __name__, Same)
Unpool = bootstrap_block(_family, "Unpool", __name__, Same)
Output = bootstrap_block(_family, "Output", __name__, Same)
