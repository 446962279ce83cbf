"""Neurons, their dynamics, norms and dropout."""

from lava.lib.dl.slayer.neuron import base, cuba, dynamics, norm
from lava.lib.dl.slayer.neuron.dropout import Dropout

__all__ = ["Dropout", "cuba", "norm"]
