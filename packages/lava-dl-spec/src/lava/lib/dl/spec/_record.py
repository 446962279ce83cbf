"""What every record shares: declared fields, checks when made, equality by value.

A field's declaration says where in the file it lives and what it may hold. Reader,
writer, validator, JSON schema and the tables of the normative text all come from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar

import numpy as np

from lava.lib.dl.spec._codec import Checked, Codec, RejectError
from lava.lib.dl.spec._problem import FormatError, Problem, problem

Derived = tuple[tuple[str, "Item"], ...]


@dataclass(frozen=True)
class Item:
    """Where one value lives in the file.

    Attributes:
        name: HDF5 name below the record's group.
        codec: What it may hold and how it is written.
        doc: Meaning.
        unit: What 1 stands for: ``1/S`` with S the layer's ``weight_scale``,
            ``1/4096``, ``step``, ``count``; empty where there is none.
        axes: Names of the array's axes.
        attribute: True for an HDF5 attribute, False for a data set.
        complex_name: Data set used instead when the layer has complex weights.
    """

    name: str
    codec: Codec
    doc: str
    unit: str = ""
    axes: tuple[str, ...] = ()
    attribute: bool = False
    complex_name: str = ""


def dataset(
    name: str,
    codec: Codec,
    doc: str,
    *,
    unit: str = "",
    axes: tuple[str, ...] = (),
    complex_name: str = "",
) -> dict[str, Item]:
    """Metadata of a field kept in a data set."""
    return {"item": Item(name, codec, doc, unit, axes, False, complex_name)}


def attribute(name: str, codec: Codec, doc: str, *, unit: str = "") -> dict[str, Item]:
    """Metadata of a field kept in an optional attribute, written if not the default."""
    return {"item": Item(name, codec, doc, unit, attribute=True)}


def optional(
    name: str, codec: Codec, doc: str, default: Any = None, **more: Any
) -> Any:
    """A field kept in a data set, with what its absence means; more as `dataset`."""
    return field(default=default, metadata=dataset(name, codec, doc, **more))


def marked(
    name: str, codec: Codec, doc: str, default: Any = None, *, unit: str = ""
) -> Any:
    """A field kept in an attribute, with what its absence means."""
    return field(default=default, metadata=attribute(name, codec, doc, unit=unit))


def derived(name: str, codec: Codec, doc: str, source: str) -> tuple[str, Item]:
    """Declare a data set written from property ``source`` and checked when read."""
    return source, Item(name, codec, doc, "count")


def items(kind: type[Record]) -> Mapping[str, tuple[Field[Any], Item]]:
    """The declared fields of a record class, in order."""
    known: Any = kind
    return _items(known)


@cache
def _items(kind: Any) -> Mapping[str, tuple[Field[Any], Item]]:
    return {
        f.name: (f, f.metadata["item"]) for f in fields(kind) if "item" in f.metadata
    }


@dataclass(frozen=True, eq=False)
class Record:
    """A layer or a neuron as the file describes it.

    Attributes:
        type: Name of the kind in the file.
        aliases: Older names read as this kind.
        derived: Data sets written from properties.

    Raises:
        FormatError: A value breaks its declaration; ``problems`` lists all of them.
    """

    type: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[Derived] = ()

    def __post_init__(self) -> None:
        problems = list(self._coerce_fields())
        if not problems:
            self.arrange()
            problems = [p for p in self.check() if p.severity == "error"]
        if problems:
            raise FormatError(problems)

    def _coerce_fields(self) -> Iterator[Problem]:
        for name, (spec, item) in items(type(self)).items():
            value = getattr(self, name)
            if value is None and spec.default is None:
                continue
            try:
                checked = isinstance(value, Checked)
                good = value.value if checked else item.codec.coerce(value)
                object.__setattr__(self, name, good)
            except RejectError as reject:
                yield problem(reject.code, item.name, f"{name}: {reject}")

    def arrange(self) -> None:
        """Bring older layouts into the one used in memory, and fill in defaults."""

    def set(self, **changes: Any) -> None:
        """Set fields of a record still being made."""
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    def check(self) -> Iterator[Problem]:
        """Problems between the fields of this record."""
        return iter(())

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(
            _same(a, b) for a, b in zip(values(self), values(other), strict=True)
        )

    def __hash__(self) -> int:
        return hash((type(self), *map(_hashable, values(self))))


def values(record: Any) -> list[Any]:
    """The values of all fields, in order."""
    return [getattr(record, f.name) for f in fields(record)]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b)
    return bool(a == b)


def _hashable(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.ndarray) else value
