"""Spike functions with surrogate gradients."""

from lava.lib.dl.slayer.spike import complex
from lava.lib.dl.slayer.spike.spike import Spike

__all__ = ["Spike", "complex"]
