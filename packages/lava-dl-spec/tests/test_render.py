"""The rendered files are what the declarations render."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lava.lib.dl.spec import _render
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec.conformance._coverage import clauses


def test_rendered_files_are_up_to_date(spec_folder: Path) -> None:
    assert _render.stale(spec_folder) == []


@pytest.mark.parametrize("name", ["net-1.0.md", "net-1.0.schema.json"])
def test_a_changed_file_is_noticed(
    spec_folder: Path, tmp_path: Path, name: str
) -> None:
    for each in ("net-1.0.md", "net-1.0.schema.json"):
        (tmp_path / each).write_bytes((spec_folder / each).read_bytes())
    assert _render.stale(tmp_path) == []
    changed = (tmp_path / name).read_text().replace("vThMant", "vThMantissa")
    (tmp_path / name).write_text(changed)
    assert _render.stale(tmp_path) == [tmp_path / name]


def test_every_kind_has_a_table(spec_folder: Path) -> None:
    text = (spec_folder / "net-1.0.md").read_text()
    for kind in (*layer_kinds(), *neuron_kinds()):
        assert f"<!-- table: {_render.name(kind)} -->" in text


def test_every_code_stands_for_a_clause(spec_folder: Path) -> None:
    assert set(CLAUSE_OF.values()) <= set(clauses(spec_folder))


def test_the_schema_names_what_a_reader_needs() -> None:
    schema = json.loads(json.dumps(_render.schema()))
    weight = next(
        f for f in schema["layers"]["dense"]["fields"] if f["name"] == "weight"
    )
    assert weight["written_as"] == "float32"
    assert weight["axes"] == ["output", "input"]
    assert weight["required"]
    assert weight["complex_name"] == "weight/real"
    assert schema["neurons"]["CUBA"]["aliases"] == ["LOIHI"]
