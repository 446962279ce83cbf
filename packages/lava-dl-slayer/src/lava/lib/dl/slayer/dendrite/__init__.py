"""What a neuron does to its input before its own dynamics."""

from lava.lib.dl.slayer.dendrite.sigma import Sigma

__all__ = ["Sigma"]
