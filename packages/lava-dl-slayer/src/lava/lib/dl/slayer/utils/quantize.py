"""Quantisation whose gradient passes straight through."""

from lava.lib.dl.slayer._quantize import MODE, quantize, quantize_hook_fx

__all__ = ["MODE", "quantize", "quantize_hook_fx"]
