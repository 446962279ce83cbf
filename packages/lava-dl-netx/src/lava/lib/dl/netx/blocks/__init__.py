"""Layers as Lava processes (`process`) and how Lava runs them (`models`)."""

from lava.lib.dl.netx.blocks import models, process

__all__ = ["models", "process"]
