"""The committed suite is whole, covers every clause, and is what the code makes."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec.conformance._archive import read_manifest, unpack
from lava.lib.dl.spec.conformance._coverage import clauses, coverage_page, uncovered
from lava.lib.dl.spec.conformance._generate import generate, write_malformed
from lava.lib.dl.spec.conformance._runner import run_malformed, run_valid

PYTHON = sys.executable
REFERENCE = f"{PYTHON} -m lava.lib.dl.spec reference"


@pytest.fixture(scope="module")
def folder(spec_folder: Path) -> Path:
    return spec_folder / "conformance"


def test_every_file_has_the_checksum_of_the_manifest(folder: Path) -> None:
    manifest = read_manifest(folder)
    for kind in ("valid", "malformed"):
        wanted = {k: v for case in manifest[kind] for k, v in case["files"].items()}
        with zipfile.ZipFile(folder / f"{kind}.zip") as archive:
            found = {
                name: hashlib.sha256(archive.read(name)).hexdigest()
                for name in archive.namelist()
            }
        assert found == wanted


def test_the_suite_is_large_enough_and_small_enough(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert len(manifest["valid"]) >= 300
    assert sum(c["profile"] == "format" for c in manifest["malformed"]) >= 60
    files = (p for p in folder.parent.rglob("*") if p.is_file())
    assert sum(p.stat().st_size for p in files) < 5e6


def test_every_clause_is_covered(spec_folder: Path, folder: Path) -> None:
    manifest = read_manifest(folder)
    assert len(clauses(spec_folder)) > 100
    assert uncovered(spec_folder, manifest) == []
    page = (folder / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(spec_folder, manifest)


def test_every_code_is_in_the_suite(folder: Path) -> None:
    codes = {c["code"] for c in read_manifest(folder)["malformed"]}
    assert codes == set(CLAUSE_OF)


def test_a_clause_without_a_case_is_noticed(
    spec_folder: Path, folder: Path, tmp_path: Path
) -> None:
    for text in spec_folder.glob("*.md"):
        (tmp_path / text.name).write_bytes(text.read_bytes())
    text = tmp_path / "arithmetic-1.0.md"
    text.write_text(text.read_text() + "- **[A9.7]** Something new.\n")
    assert uncovered(tmp_path, read_manifest(folder)) == ["A9.7"]


def test_every_covered_clause_exists(spec_folder: Path, folder: Path) -> None:
    known = set(clauses(spec_folder))
    manifest = read_manifest(folder)
    named = {
        c for k in ("valid", "malformed") for e in manifest[k] for c in e["clauses"]
    }
    assert named <= known


def test_damaged_files_are_the_same_whenever_they_are_written(tmp_path: Path) -> None:
    first = list(write_malformed(tmp_path / "first"))
    time.sleep(1.1)  # HDF5 counts whole seconds
    assert first == list(write_malformed(tmp_path / "second"))


@pytest.mark.slow
def test_the_suite_is_what_the_code_makes(
    spec_folder: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "spec" / "conformance").mkdir(parents=True)
    for text in spec_folder.glob("*.md"):
        (tmp_path / "spec" / text.name).write_bytes(text.read_bytes())
    made = generate(tmp_path / "spec")
    committed = read_manifest(folder)
    for kind in ("valid", "malformed"):
        pairs = zip(made[kind], committed[kind], strict=True)
        assert all({**a, "files": 0} == {**b, "files": 0} for a, b in pairs)
    ours = unpack(tmp_path / "spec" / "conformance", "valid", tmp_path / "ours")
    theirs = unpack(folder, "valid", tmp_path / "theirs")
    for entry, new in zip(committed["valid"], made["valid"], strict=True):
        name = entry["name"]
        # Another version of HDF5 or numpy may lay out the same content differently.
        if entry["files"] == new["files"]:
            continue
        assert spec.diff(ours / f"{name}.net", theirs / f"{name}.net") == [], name
        with np.load(ours / f"{name}.npz") as a, np.load(theirs / f"{name}.npz") as b:
            assert a.files == b.files
            assert all(np.array_equal(a[k], b[k]) for k in a.files), name


def test_a_runner_passes(folder: Path) -> None:
    results = list(run_valid(folder, REFERENCE, match="older"))
    assert len(results) >= 10
    assert not any(r.reason for r in results)


def test_a_wrong_runner_fails(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "zeros.py"
    script.write_text(
        "import sys, numpy as np\n"
        "from lava.lib.dl import spec\n"
        "for net, given, out in zip(*[iter(sys.argv[1:])] * 3):\n"
        "    steps = int(np.load(given)['steps'])\n"
        "    shape = spec.read(net).layers[-1].shape\n"
        "    np.savez(out, output=np.zeros((*shape, steps)))\n"
    )
    results = list(run_valid(folder, f"{PYTHON} {script}", match="chain-dense-cuba"))
    assert [bool(r.reason) for r in results] == [True]
    assert "expected 1" in results[0].reason


def test_a_crash_fails_one_case(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "crash.py"
    script.write_text(
        "import os, runpy, sys\n"
        "if any('older-loihi' in a for a in sys.argv):\n"
        "    os._exit(3)\n"
        "sys.argv.insert(1, 'reference')\n"
        "runpy.run_module('lava.lib.dl.spec', run_name='__main__')\n"
    )
    results = list(run_valid(folder, f"{PYTHON} {script}", match="older-n"))
    results += run_valid(folder, f"{PYTHON} {script}", match="older-l")
    assert {r.name: r.missing for r in results} == {
        "older-no-version": False,
        "older-newer-minor": False,
        "older-loihi": True,
    }


def test_a_checker_passes(folder: Path) -> None:
    command = f"{PYTHON} -m lava.lib.dl.spec codes"
    results = list(run_malformed(folder, command, match="cycle"))
    assert [r.reason for r in results] == ["", "", ""]


def test_a_checker_that_crashes_fails_one_file(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "crash.py"
    script.write_text(
        "import os, runpy, sys\n"
        "if any('cycle-twice' in a for a in sys.argv):\n"
        "    os._exit(3)\n"
        "sys.argv.insert(1, 'codes')\n"
        "runpy.run_module('lava.lib.dl.spec', run_name='__main__')\n"
    )
    results = run_malformed(folder, f"{PYTHON} {script}", match="cycle")
    assert {r.name: bool(r.reason) for r in results} == {
        "cycle-root": False,
        "cycle-layers": False,
        "cycle-twice": True,
    }


def test_input_archives_hold_no_expectation(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "look.py"
    seen = tmp_path / "seen.json"
    script.write_text(
        "import json, sys, numpy as np\n"
        "names = sorted(np.load(sys.argv[2]).files)\n"
        f"json.dump(names, open({os.fspath(seen)!r}, 'w'))\n"
    )
    list(run_valid(folder, f"{PYTHON} {script}", match="older-loihi"))
    assert json.loads(seen.read_text()) == ["arithmetic", "input", "options", "steps"]
