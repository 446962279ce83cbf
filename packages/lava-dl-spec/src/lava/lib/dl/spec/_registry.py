"""Which record stands for which name in the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from lava.lib.dl.spec import layers, neurons, plugins
from lava.lib.dl.spec._record import Record

K = TypeVar("K", bound=Record)


def _concrete(module: object, base: type[Record]) -> Iterator[type[Record]]:
    for name in getattr(module, "__all__"):  # noqa: B009
        kind = getattr(module, name)
        if isinstance(kind, type) and issubclass(kind, base) and kind.type:
            yield kind


@cache
def layer_kinds() -> tuple[type[layers.Layer], ...]:
    """The standard layer kinds."""
    return tuple(_concrete(layers, layers.Layer))  # type: ignore[arg-type]


@cache
def neuron_kinds() -> tuple[type[neurons.Neuron], ...]:
    """The standard neuron kinds."""
    return tuple(_concrete(neurons, neurons.Neuron))  # type: ignore[arg-type]


def layer_kind(name: str) -> type[layers.Layer] | None:
    """The record of a layer type, or None for an unknown one."""
    standard = (k for k in layer_kinds() if name in (k.type, *k.aliases))
    return next(standard, None) or _plugin_kind(name, layers.Layer)


def neuron_kind(name: str) -> type[neurons.Neuron] | None:
    """The record of a neuron type, or None for an unknown one."""
    standard = (k for k in neuron_kinds() if name in (k.type, *k.aliases))
    return next(standard, None) or _plugin_kind(name, neurons.Neuron)


def _plugin_kind(name: str, base: type[K]) -> type[K] | None:
    """A plugin's record; plain names are reserved for the format itself."""
    if "." not in name:
        return None
    kind = plugins.get("lava.dl.schema", name)
    fits = isinstance(kind, type) and issubclass(kind, base) and kind.type == name
    return kind if fits else None
