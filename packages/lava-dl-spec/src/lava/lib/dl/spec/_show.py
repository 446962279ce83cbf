"""A network as lines of text, plugins' kinds included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lava.lib.dl.spec._record import Record, items
from lava.lib.dl.spec.network import Network
from lava.lib.dl.spec.text import printable


def shown(network: Network) -> Iterator[str]:
    """One line per layer, neuron and value.

    Args:
        network: What to show.

    Yields:
        The lines, values indented; arrays by shape and range.
    """
    for index, layer in enumerate(network):
        yield f"/layer/{index}: {layer.type or 'not written'}"
        yield from _values(layer)
        neuron = getattr(layer, "neuron", None)
        if neuron is not None:
            yield f"  neuron: {neuron.type}"
            yield from (f"  {line}" for line in _values(neuron))


def _values(record: Record) -> Iterator[str]:
    for name, (_, item) in items(type(record)).items():
        value = getattr(record, name)
        if value is not None:
            yield f"  {item.name}: {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 1:
        return f"{value.shape}, {value.min()}..{value.max()}"
    return printable(str(value))
