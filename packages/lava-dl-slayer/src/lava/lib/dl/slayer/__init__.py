"""Direct training of deep event-based networks in PyTorch."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import Any

from lava.lib.dl.slayer import (
    adapters,
    auto,
    axon,
    block,
    classifier,
    dendrite,
    io,
    jitconfig,
    loss,
    models,
    neuron,
    spike,
    synapse,
    utils,
)
from lava.lib.dl.slayer._per_step import PerStep

__all__ = [
    "PerStep",
    "adapters",
    "auto",
    "axon",
    "block",
    "classifier",
    "dendrite",
    "io",
    "jitconfig",
    "loss",
    "models",
    "neuron",
    "obd",
    "plot",
    "spike",
    "synapse",
    "utils",
]

__version__ = _version("lava-dl-slayer")


# Imported on first use, since they need more than slayer does.
_LAZY = {
    "obd": "object_detection",
    "object_detection": "object_detection",
    "plot": "plot",
}


def __getattr__(name: str) -> Any:
    """Imports object detection and the pictures on first use."""
    if name in _LAZY:
        return import_module(f"{__name__}.{_LAZY[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
