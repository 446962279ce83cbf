"""Shifts along time."""

from lava.lib.dl.slayer._shift import shift

__all__ = ["shift"]
