"""The tables of the normative text and the file of the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lava.lib.dl.spec import layers
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec._codec import Text
from lava.lib.dl.spec._deviations import DEVIATIONS
from lava.lib.dl.spec._record import Record
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._schema import declared, field_schema, name, schema
from lava.lib.dl.spec.network import EXTENSIONS, FORMAT_VERSION, Simulation

SCHEMA = "net-1.0.schema.json"
TEXT = "net-1.0.md"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HOLE = re.compile(r"{(?:layer[.])?([a-z_.]*)}")
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
