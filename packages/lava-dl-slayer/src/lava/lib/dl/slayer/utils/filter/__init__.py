"""Filters along time."""

from lava.lib.dl.slayer.utils.filter.conv import conv, corr
from lava.lib.dl.slayer.utils.filter.fir import FIR, FIRBank

__all__ = ["FIR", "FIRBank", "conv", "corr"]
