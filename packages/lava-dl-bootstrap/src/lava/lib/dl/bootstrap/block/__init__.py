"""Blocks that run spiking or through their fitted activation, by neuron."""

from lava.lib.dl.bootstrap.block import alif, base, cuba, sigma_delta

__all__ = ["alif", "base", "cuba", "sigma_delta"]
