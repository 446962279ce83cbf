"""The native runtime passes the format's conformance suite."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx.conformance import main, run_case

SUITE = Path(__file__).parents[4] / "spec" / "conformance"
pytestmark = pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    if not SUITE.exists():
        pytest.skip("the suite lies beside the package only in a checkout")
    folder = tmp_path_factory.mktemp("suite")
    with zipfile.ZipFile(SUITE / "valid.zip") as archive:
        archive.extractall(folder)
    return {path.name: path for path in folder.rglob("*") if path.is_file()}


def entries(kind):
    manifest = SUITE / "manifest.json"
    return json.loads(manifest.read_text())[kind] if manifest.exists() else []


def cases():
    return [case["name"] for case in entries("valid")]


NOTED = "unknown-field"  # a remark on a file that is read all the same


def malformed():
    """Files that break the format, whichever arithmetic runs them."""
    found = (case for case in entries("malformed") if case["profile"] == "format")
    return [(c["name"], c["code"]) for c in found if c["code"] != NOTED]


@pytest.mark.parametrize(("name", "code"), malformed())
def test_malformed_file_gets_its_clause(name, code, tmp_path):
    with zipfile.ZipFile(SUITE / "malformed.zip") as archive:
        archive.extract(f"{name}.net", tmp_path)
    with pytest.raises(spec.FormatError) as error:
        netx.load(tmp_path / f"{name}.net", input_shape=(8, 8, 1))
    assert code in [problem.code for problem in error.value.problems]


@pytest.mark.parametrize("name", cases())
def test_case_gives_the_expected_values(files, name):
    with np.load(files[f"{name}.npz"]) as case:
        wanted = {k[9:]: case[k] for k in case.files if k.startswith("expected_")}
    found = run_case(files[f"{name}.net"], files[f"{name}.npz"])
    assert "output" in wanted
    for key, values in wanted.items():
        np.testing.assert_array_equal(found[key], values, err_msg=key)


def test_runner_writes_what_it_is_asked_for(files, tmp_path):
    case = [str(files[f"dense-cuba-plain{end}"]) for end in (".net", ".npz")]
    assert main([*case, str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as found:
        assert found["output"].shape == (3, 20)
    assert main(case) == 2
