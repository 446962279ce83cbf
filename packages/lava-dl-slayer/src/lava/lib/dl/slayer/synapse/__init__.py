"""Synapses: products of weights with spikes, over all of time at once."""

from lava.lib.dl.slayer.synapse import complex
from lava.lib.dl.slayer.synapse.layer import Conv, ConvTranspose, Dense, Pool, Unpool

__all__ = ["Conv", "ConvTranspose", "Dense", "Pool", "Unpool", "complex"]
