"""Neurons, their dynamics, norms and dropout."""

from lava.lib.dl.slayer.neuron import base as base
from lava.lib.dl.slayer.neuron import cuba, norm, sigma_delta
from lava.lib.dl.slayer.neuron import dynamics as dynamics
from lava.lib.dl.slayer.neuron.dropout import Dropout

__all__ = ["Dropout", "cuba", "norm", "sigma_delta"]
