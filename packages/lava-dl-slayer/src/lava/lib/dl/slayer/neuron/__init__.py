"""Neurons, their dynamics, norms and dropout."""

from lava.lib.dl.slayer._plain.surrogate import SHAPES as _SHAPES
from lava.lib.dl.slayer.neuron import (
    adrf,
    adrf_iz,
    alif,
    cuba,
    leaky,
    norm,
    rf,
    rf_iz,
    sigma_delta,
)
from lava.lib.dl.slayer.neuron import base as base
from lava.lib.dl.slayer.neuron import dynamics as dynamics
from lava.lib.dl.slayer.neuron.dropout import Dropout

SURROGATES = tuple(_SHAPES)
"""Names of the surrogate derivatives' shapes."""

__all__ = [
    "SURROGATES",
    "Dropout",
    "adrf",
    "adrf_iz",
    "alif",
    "cuba",
    "leaky",
    "norm",
    "rf",
    "rf_iz",
    "sigma_delta",
]
