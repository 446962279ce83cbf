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
from lava.lib.dl.spec._codec import Text
from lava.lib.dl.spec._deviations import DEVIATIONS
from lava.lib.dl.spec._record import Item, Record, items
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._write import VERSION
from lava.lib.dl.spec.network import EXTENSIONS, FORMAT_VERSION, Simulation

SCHEMA = "net-1.0.schema.json"
TEXT = "net-1.0.md"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HOLE = re.compile(r"{(?:layer[.])?([a-z_.]*)}")
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


HEAD = ("name", "read", "written", "axes", "unit", "range", "fractions", "default")


def table(kind: type[Record]) -> str:
    """One kind as a Markdown table."""
    rows = [row_of(field_schema(*entry, kind)) for entry in declared(kind)]
    return markdown([*HEAD, "meaning"], [*type_row(kind), *rows])


def file_table() -> str:
    """What the root holds beside the layers, as a Markdown table."""
    marks = [row_of(field_schema(item, None)) for item in (FORMAT_VERSION, EXTENSIONS)]
    rows = [row_of(field_schema(*entry)) for entry in declared(Simulation)]
    for row in rows:
        row[0] = row[0].replace("`", "`simulation/", 1)
    return markdown([*HEAD, "meaning"], [*marks, *rows])


def type_row(kind: type[Record]) -> Iterator[list[str]]:
    """The row of the text that names the kind."""
    names = ", ".join(f"`{n}`" for n in (kind.type, *kind.aliases))
    is_layer = issubclass(kind, layers.Layer)
    form = "fixed string (1)" if is_layer else "vlen-str scalar"
    yield ["`type`", Text.reads, form, "", "", names, "", "required", "the kind"]


def row_of(entry: dict[str, Any]) -> list[str]:
    """One data set as a table's row."""
    mark = "@" if entry["where"] == "attribute" else ""
    title = f"`{mark}{entry['name']}`"
    if "complex_name" in entry:
        title += f" or `{entry['complex_name']}`"
    limits = "..".join(map(str, entry.get("range") or entry.get("characters") or []))
    limits += " characters" if "characters" in entry else ""
    default = "required" if entry["required"] else str(entry.get("default", "absent"))
    return [
        title,
        entry["reads"],
        f"{entry['written_as']} {entry['layout']}",
        ", ".join(entry.get("axes", [])).replace("|", "\\|"),
        entry.get("unit", ""),
        limits or ", ".join(entry.get("choices", [])),
        entry.get("fractions", ""),
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


def departures() -> str:
    """The table of what Lava can't run or does otherwise."""
    rows = [
        [
            f"`{d.code}`",
            f"`{d.path}`",
            d.name,
            HOLE.sub(lambda m: f"*{m[1] or 'n'}*", d.text),
        ]
        for d in DEVIATIONS
    ]
    return markdown(["code", "path", "name", "Lava ..."], rows)


def render(folder: Path) -> dict[Path, str]:
    """What the rendered files in a ``spec`` folder should hold."""
    tables = {name(k): table(k) for k in (*layer_kinds(), *neuron_kinds())}
    tables |= {"codes": codes(), "file": file_table(), "lava": departures()}
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
