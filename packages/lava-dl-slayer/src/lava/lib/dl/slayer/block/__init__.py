"""Blocks: a layer's synapse, neurons and delays in one module.

``slayer.block.<neuron>.<Layer>`` is made of one layer kind of
:mod:`~lava.lib.dl.slayer.block.base` and the description of one neuron.
"""

from lava.lib.dl.slayer.block import (
    adrf,
    adrf_iz,
    alif,
    base,
    cuba,
    rf,
    rf_iz,
    sigma_delta,
)
from lava.lib.dl.slayer.block._fold import fold_norms
from lava.lib.dl.slayer.block._joined import Concat, Residual

__all__ = [
    "Concat",
    "Residual",
    "adrf",
    "adrf_iz",
    "alif",
    "base",
    "cuba",
    "fold_norms",
    "rf",
    "rf_iz",
    "sigma_delta",
]
