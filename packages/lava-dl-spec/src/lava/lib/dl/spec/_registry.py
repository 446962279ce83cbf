"""Which record stands for which name in the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec._record import Record

__all__ = ["layer_kind", "layer_kinds", "neuron_kind", "neuron_kinds"]


def _concrete(module: object, base: type[Record]) -> Iterator[type[Record]]:
    for name in getattr(module, "__all__"):  # noqa: B009
        kind = getattr(module, name)
        if isinstance(kind, type) and issubclass(kind, base) and kind.type:
            yield kind


@lru_cache(maxsize=None)
def layer_kinds() -> tuple[type[layers.Layer], ...]:
    """The standard layer kinds."""
    return tuple(_concrete(layers, layers.Layer))  # type: ignore[arg-type]


@lru_cache(maxsize=None)
def neuron_kinds() -> tuple[type[neurons.Neuron], ...]:
    """The standard neuron kinds."""
    return tuple(_concrete(neurons, neurons.Neuron))  # type: ignore[arg-type]


def layer_kind(name: str) -> type[layers.Layer] | None:
    """The record of a layer type, or None for an unknown one."""
    return next((k for k in layer_kinds() if name in (k.type, *k.aliases)), None)


def neuron_kind(name: str) -> type[neurons.Neuron] | None:
    """The record of a neuron type, or None for an unknown one."""
    return next((k for k in neuron_kinds() if name in (k.type, *k.aliases)), None)
