"""The committed suite is whole, and tells right implementations from wrong ones."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec.conformance._archive import read_manifest
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


def test_every_code_is_in_the_suite(folder: Path) -> None:
    codes = {c["code"] for c in read_manifest(folder)["malformed"]}
    assert codes == set(CLAUSE_OF)


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
