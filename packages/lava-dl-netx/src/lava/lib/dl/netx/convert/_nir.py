"""The optional package nir, and what reading and writing share."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

DECAY_UNIT = 4096
MOST_THRESHOLD = 2**17 - 1
"""Largest threshold that Lava's processes can reach."""

Reals = npt.NDArray[np.float64]


def nir() -> Any:
    """The package, or a sentence on how to get it."""
    try:
        return import_module("nir")
    except ImportError as error:
        raise ImportError(
            "converting needs the package nir: `pip install lava-dl-netx[nir]`"
        ) from error


def along_channels(value: Reals, axes: int) -> Reals:
    """One number per channel, shaped to act on arrays of so many axes."""
    return value.reshape(-1, *(1,) * (axes - 1))
