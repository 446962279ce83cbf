"""The schema, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field
from typing import Any

from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec._codec import Text
from lava.lib.dl.spec._record import Item, Record, items
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._write import VERSION
from lava.lib.dl.spec.network import EXTENSIONS, FORMAT_VERSION, Simulation

NUMERIC = {"integer", "pair", "list", "array", "integer or array"}
ROUNDED = dict.fromkeys(NUMERIC, "cut toward zero") | {"real array": "nearest float32"}


def schema() -> dict[str, Any]:
    """The format as plain values: every kind with its data sets and attributes."""
    return {
        "format_version": VERSION,
        "file": [field_schema(item, None) for item in (FORMAT_VERSION, EXTENSIONS)],
        "simulation": kind_schema(Simulation),
        "layers": {k.type: kind_schema(k) for k in layer_kinds()},
        "neurons": {name(k): kind_schema(k) for k in neuron_kinds()},
        "codes": CLAUSE_OF,
    }


def name(kind: type[Record]) -> str:
    """The kind's type; the marked sum shares its type with sigma-delta."""
    return "sigma_output" if kind is neurons.Sigma else kind.type


def kind_schema(kind: type[Record]) -> dict[str, Any]:
    """One kind as plain values."""
    first = (kind.__doc__ or "").strip().partition("\n")[0]
    return {
        "type": kind.type,
        "record": kind.__name__,
        "aliases": list(kind.aliases),
        "doc": first,
        "neuron": issubclass(kind, layers.NeuronLayer),
        "fields": [field_schema(*entry, kind) for entry in declared(kind)],
    }


def declared(kind: type[Record]) -> Iterator[tuple[Item, Field[Any] | None]]:
    """All that a kind keeps in the file: fields first, then what follows from them."""
    for spec, item in items(kind).values():
        yield item, spec
    for _, item in kind.derived:
        yield item, None


def field_schema(
    item: Item, spec: Field[Any] | None, kind: type[Record] | None = None
) -> dict[str, Any]:
    """One data set or attribute as plain values."""
    codec = item.codec
    entry: dict[str, Any] = {
        "name": item.name,
        "where": "attribute" if item.attribute else "data set",
        "holds": codec.kind,
        "reads": codec.reads,
        "written_as": written(item),
        "layout": codec.layout,
        "required": spec is not None and spec.default is MISSING,
        "doc": item.doc,
    }
    if item.unit:
        entry["unit"] = item.unit
    if codec.kind in ROUNDED:
        entry["fractions"] = "refused" if item.attribute else ROUNDED[codec.kind]
    if item.complex_name:
        entry["complex_name"] = item.complex_name
    if axes := item.axes or codec.axes:
        entry["axes"] = list(axes)
    if codec.kind in NUMERIC:
        entry["range"] = [codec.low, codec.high]
    if isinstance(codec, Text):
        words = list(codec.choices)
        entry |= {"choices": words} if words else {"characters": [1, codec.longest]}
    if default := default_of(item, spec, kind):
        entry["default"] = default[0]
    return entry


def default_of(
    item: Item, spec: Field[Any] | None, kind: type[Record] | None
) -> tuple[Any, ...]:
    """What a file without the value means, if it can be said in a word."""
    if spec is None:
        return () if kind is None else ("by the weights",)
    if hasattr(kind, f"default_{item.name}"):
        return ("by the neuron",)
    return () if spec.default in (MISSING, None) else (spec.default,)


def written(item: Item) -> str:
    """The HDF5 type a writer uses."""
    if item.attribute and isinstance(item.codec, Text):
        return "fixed string"
    return item.codec.written
