"""Shift and replication in time."""

from lava.lib.dl.slayer.utils.time.replicate import replicate
from lava.lib.dl.slayer.utils.time.shift import shift

__all__ = ["replicate", "shift"]
