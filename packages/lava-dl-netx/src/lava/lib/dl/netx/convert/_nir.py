"""The optional package nir."""

from __future__ import annotations

from importlib import import_module
from typing import Any

DECAY_UNIT = 4096


def nir() -> Any:
    """The package, or a sentence on how to get it."""
    try:
        return import_module("nir")
    except ImportError as error:
        raise ImportError(
            "converting needs the package nir: `pip install lava-dl-netx[nir]`"
        ) from error
