"""The command line runs, compares and profiles recorded networks for real."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl.netx.cli import main


@pytest.fixture
def invoke(reference, arrays_of, tmp_path):
    """Run a command on a recorded network and its input."""
    recorded = arrays_of("netx/cuba_dense.npz")
    np.save(tmp_path / "input.npy", recorded["input"])

    def invoke(command, *args):
        first = [command, reference("netx/cuba_dense.net")]
        given = ["--input"] if command == "compare" else []
        line = [*first, *given, tmp_path / "input.npy", "--steps", "50", *args]
        result = CliRunner().invoke(main, [str(arg) for arg in line])
        assert result.exit_code == 0, result.output
        return result.stdout, recorded

    return invoke


def test_recorded_output_is_written(invoke, tmp_path):
    out = tmp_path / "output.npy"
    _, recorded = invoke("run", "--arithmetic", "lava", "-o", out)
    np.testing.assert_array_equal(np.load(out), recorded["output"])


def test_both_arithmetics_agree_where_nothing_deviates(invoke):
    assert invoke("compare")[0] == "equal\n"


def test_events_are_counted(invoke):
    text, recorded = invoke("profile", "--arithmetic", "lava", "--json")
    first, last = json.loads(text)["layers"]
    assert first["events"] == np.count_nonzero(recorded["layer0"])
    assert last["events"] == np.count_nonzero(recorded["output"])
    assert last["neuron_updates"] == 8 * 50
