"""The rendered files are what the declarations render."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._schema import name
from tables import SCHEMA, TEXT, stale

SPEC = Path(__file__).parents[1]


def test_rendered_files_are_up_to_date() -> None:
    assert stale(SPEC) == []


@pytest.mark.parametrize("file", [TEXT, SCHEMA])
def test_a_changed_file_is_noticed(tmp_path: Path, file: str) -> None:
    for each in (TEXT, SCHEMA):
        (tmp_path / each).write_bytes((SPEC / each).read_bytes())
    assert stale(tmp_path) == []
    changed = (tmp_path / file).read_text().replace("vThMant", "vThMantissa")
    (tmp_path / file).write_text(changed)
    assert stale(tmp_path) == [tmp_path / file]


def test_every_kind_has_a_table() -> None:
    text = (SPEC / TEXT).read_text()
    for kind in (*layer_kinds(), *neuron_kinds()):
        assert f"<!-- table: {name(kind)} -->" in text


def test_the_check_passes() -> None:
    command = [sys.executable, str(SPEC / "generate"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
