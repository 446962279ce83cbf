"""Rate-coded spiking networks trained through an equivalent dynamic ANN."""

from importlib.metadata import version as _version

from lava.lib.dl.bootstrap import ann_sampler, block, routine
from lava.lib.dl.bootstrap._convert import convert
from lava.lib.dl.bootstrap.network import Network, plot
from lava.lib.dl.bootstrap.routine import Mode

__all__ = ["Mode", "Network", "ann_sampler", "block", "convert", "plot", "routine"]

__version__ = _version("lava-dl-bootstrap")
