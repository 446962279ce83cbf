"""What differs between two networks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any

import numpy as np

from lava.lib.dl.spec._read import read
from lava.lib.dl.spec._record import Record, items
from lava.lib.dl.spec.network import Network
from lava.lib.dl.spec.text import printable

Side = Network | str | os.PathLike[str]


@dataclass(frozen=True)
class Difference:
    """One value that is not the same.

    Attributes:
        path: HDF5 path of the value.
        first: What the first network holds.
        second: What the second network holds.
    """

    path: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.path}: {self.first} != {self.second}"


def diff(first: Side, second: Side) -> list[Difference]:
    """List what differs between two networks.

    Args:
        first: A network, or the path of its file.
        second: Another.

    Returns:
        One entry per value, in the order of the layers; empty if they are equal.

    Raises:
        FormatError: A file is not a legal network.
    """
    a, b = (x if isinstance(x, Network) else read(x) for x in (first, second))
    differences = [
        entry
        for index, pair in enumerate(zip_longest(a.layers, b.layers))
        for entry in _records(*pair, path=f"/layer/{index}")
    ]
    if a.simulation != b.simulation:
        differences.append(
            Difference("/simulation", _show(a.simulation), _show(b.simulation))
        )
    return differences


def _records(a: Any, b: Any, path: str) -> Iterator[Difference]:
    if type(a) is not type(b):
        yield Difference(path, _kind(a), _kind(b))
        return
    if a is None:
        return
    known = items(type(a))
    for name in (f.name for f in fields(a)):
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, Record) or isinstance(y, Record):
            yield from _records(x, y, f"{path}/{name}")
        elif not np.array_equal(x, y):
            inner = known[name][1].name if name in known else name
            yield Difference(f"{path}/{inner}", *_shown(x, y))


def _kind(record: Any) -> str:
    return "nothing" if record is None else type(record).__name__


def _shown(x: Any, y: Any) -> tuple[str, str]:
    both = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
    if both and x.shape == y.shape and x.size > 1:
        count, index = int((x != y).sum()), np.argwhere(x != y)[0].tolist()
        return f"{x[tuple(index)]} at {index}", f"{y[tuple(index)]} ({count} differ)"
    return _show(x), _show(y)


def _show(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 1:
        return f"array of shape {value.shape}"
    return printable(str(value))
