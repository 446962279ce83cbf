"""Losses on spike trains and membranes."""

from lava.lib.dl.slayer.loss._membrane import Membrane
from lava.lib.dl.slayer.loss._sparsity_enforcer import SparsityEnforcer
from lava.lib.dl.slayer.loss._spike_max import SpikeMax
from lava.lib.dl.slayer.loss._spike_moid import SpikeMoid
from lava.lib.dl.slayer.loss._spike_rate import SpikeRate
from lava.lib.dl.slayer.loss._spike_time import SpikeTime

__all__ = [
    "Membrane",
    "SparsityEnforcer",
    "SpikeMax",
    "SpikeMoid",
    "SpikeRate",
    "SpikeTime",
]
