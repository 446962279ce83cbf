"""The committed suite covers every clause, and is what the code makes."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from clauses import clauses, coverage_page, uncovered
from lava.lib.dl import spec
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec.conformance._archive import read_manifest, unpack
from suite import generate, write_malformed

SPEC = Path(__file__).parents[1]
SUITE = SPEC / "conformance"


def test_every_code_stands_for_a_clause() -> None:
    assert set(CLAUSE_OF.values()) <= set(clauses(SPEC))


def test_every_clause_is_covered() -> None:
    manifest = read_manifest(SUITE)
    assert len(clauses(SPEC)) > 100
    assert uncovered(SPEC, manifest) == []
    page = (SUITE / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(SPEC, manifest)


def test_a_clause_without_a_case_is_noticed(tmp_path: Path) -> None:
    for text in SPEC.glob("*.md"):
        (tmp_path / text.name).write_bytes(text.read_bytes())
    text = tmp_path / "arithmetic-1.0.md"
    text.write_text(text.read_text() + "- **[A9.7]** Something new.\n")
    assert uncovered(tmp_path, read_manifest(SUITE)) == ["A9.7"]


def test_every_covered_clause_exists() -> None:
    known = set(clauses(SPEC))
    manifest = read_manifest(SUITE)
    named = {
        c for k in ("valid", "malformed") for e in manifest[k] for c in e["clauses"]
    }
    assert named <= known


def test_damaged_files_are_the_same_whenever_they_are_written(tmp_path: Path) -> None:
    first = list(write_malformed(tmp_path / "first"))
    time.sleep(1.1)  # HDF5 counts whole seconds
    assert first == list(write_malformed(tmp_path / "second"))


@pytest.mark.slow
def test_the_suite_is_what_the_code_makes(tmp_path: Path) -> None:
    (tmp_path / "spec" / "conformance").mkdir(parents=True)
    for text in SPEC.glob("*.md"):
        (tmp_path / "spec" / text.name).write_bytes(text.read_bytes())
    made = generate(tmp_path / "spec")
    committed = read_manifest(SUITE)
    for kind in ("valid", "malformed"):
        pairs = zip(made[kind], committed[kind], strict=True)
        assert all({**a, "files": 0} == {**b, "files": 0} for a, b in pairs)
    ours = unpack(tmp_path / "spec" / "conformance", "valid", tmp_path / "ours")
    theirs = unpack(SUITE, "valid", tmp_path / "theirs")
    for entry, new in zip(committed["valid"], made["valid"], strict=True):
        name = entry["name"]
        # Another version of HDF5 or numpy may lay out the same content differently.
        if entry["files"] == new["files"]:
            continue
        assert spec.diff(ours / f"{name}.net", theirs / f"{name}.net") == [], name
        with np.load(ours / f"{name}.npz") as a, np.load(theirs / f"{name}.npz") as b:
            assert a.files == b.files
            assert all(np.array_equal(a[k], b[k]) for k in a.files), name
