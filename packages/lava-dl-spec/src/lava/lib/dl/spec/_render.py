"""The schema and the tables of the normative text, made from the declarations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any

from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec._codec import IntegerRow, Text
from lava.lib.dl.spec._record import Item, Record, items
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._write import VERSION

__all__ = ["render", "schema", "stale"]

SCHEMA = "net-1.0.schema.json"
TEXT = "net-1.0.md"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
NUMERIC = {"integer", "pair", "list", "array", "integer or array"}


def schema() -> dict[str, Any]:
    """The format as plain values: every kind with its data sets and attributes."""
    return {
        "format_version": VERSION,
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
        "fields": [field_schema(*entry) for entry in declared(kind)],
    }


def declared(kind: type[Record]) -> Iterator[tuple[Item, Field[Any] | None]]:
    """All that a kind keeps in the file: fields first, then what follows from them."""
    for spec, item in items(kind).values():
        yield item, spec
    for _, item in kind.derived:
        yield item, None


def field_schema(item: Item, spec: Field[Any] | None) -> dict[str, Any]:
    """One data set or attribute as plain values."""
    codec = item.codec
    entry: dict[str, Any] = {
        "name": item.name,
        "where": "attribute" if item.attribute else "data set",
        "holds": codec.kind,
        "written_as": written(item),
        "required": spec is not None and spec.default is MISSING,
        "doc": item.doc,
    }
    if item.complex_name:
        entry["complex_name"] = item.complex_name
    if item.axes:
        entry["axes"] = list(item.axes)
    if codec.kind in NUMERIC:
        entry["range"] = [codec.low, codec.high]
    if isinstance(codec, Text) and codec.choices:
        entry["choices"] = list(codec.choices)
    if spec is not None and spec.default not in (MISSING, None):
        entry["default"] = spec.default
    return entry


def written(item: Item) -> str:
    """The HDF5 type a writer uses."""
    if item.attribute and isinstance(item.codec, Text):
        return "fixed string"
    row = " (1,)" if isinstance(item.codec, IntegerRow) else ""
    return item.codec.written + row


def table(kind: type[Record]) -> str:
    """One kind as a Markdown table."""
    head = ["name", "holds", "axes", "written as", "range", "default", "meaning"]
    rows = [row_of(field_schema(*entry)) for entry in declared(kind)]
    return markdown(head, rows)


def row_of(entry: dict[str, Any]) -> list[str]:
    """One data set as a table's row."""
    mark = "@" if entry["where"] == "attribute" else ""
    title = f"`{mark}{entry['name']}`"
    if "complex_name" in entry:
        title += f" or `{entry['complex_name']}`"
    limits = entry.get("range") or entry.get("choices") or []
    default = "required" if entry["required"] else str(entry.get("default", "absent"))
    return [
        title,
        entry["holds"],
        ", ".join(entry.get("axes", [])).replace("|", "\\|"),
        entry["written_as"],
        ("..".join if "range" in entry else ", ".join)(map(str, limits)),
        default,
        entry["doc"],
    ]


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def codes() -> str:
    """The table of codes."""
    return markdown(["code", "clause"], [[f"`{c}`", n] for c, n in CLAUSE_OF.items()])


def render(folder: Path) -> dict[Path, str]:
    """What the rendered files in a ``spec`` folder should hold."""
    tables = {name(k): table(k) for k in (*layer_kinds(), *neuron_kinds())}
    tables["codes"] = codes()
    text = (folder / TEXT).read_text(encoding="utf-8")
    filled = MARK.sub(lambda m: m[1] + tables[m[2]] + m[3], text)
    data = json.dumps(schema(), indent=1, sort_keys=False) + "\n"
    return {folder / TEXT: filled, folder / SCHEMA: data}


def stale(folder: Path) -> list[Path]:
    """The rendered files that are not what the declarations render."""
    return [
        path
        for path, content in render(folder).items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
