"""Direct training of deep event-based networks in PyTorch."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import Any

from lava.lib.dl.slayer import (
    auto,
    axon,
    block,
    classifier,
    dendrite,
    io,
    jitconfig,
    loss,
    neuron,
    spike,
    synapse,
    utils,
)

__all__ = [
    "auto",
    "axon",
    "block",
    "classifier",
    "dendrite",
    "io",
    "jitconfig",
    "loss",
    "neuron",
    "obd",
    "spike",
    "synapse",
    "utils",
]

__version__ = _version("lava-dl-slayer")


def __getattr__(name: str) -> Any:
    """Imports object detection on first use; it needs more than slayer does."""
    if name in ("obd", "object_detection"):
        return import_module("lava.lib.dl.slayer.object_detection")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
