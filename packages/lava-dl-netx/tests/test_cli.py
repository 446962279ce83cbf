"""The command line: results, exit codes, one sentence for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import ClassVar

import click
import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl import spec
from lava.lib.dl.netx.cli import main
from lava.lib.dl.spec import plugins, schema

CUBA = spec.Cuba(1024, 512, 80)


@pytest.fixture
def path(tmp_path):
    weight = np.array([[2, -4, 6], [8, 10, -12]])
    layers = [spec.Dense((2,), weight, neuron=CUBA, delay=[3, 4])]
    layers.append(spec.Dense((1,), [[2, 4]], neuron=spec.Cuba(1, [2], 3)))
    spec.write(spec.Network(layers), tmp_path / "network.net")
    return tmp_path / "network.net"


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def bad(*args):
    """The one sentence of a command that fails."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    return result.stderr.strip().splitlines()[-1]


def test_help_lists_each_command_by_its_first_sentence():
    listed = " ".join(run("--help").output.split())
    context = click.Context(main)
    for name in main.list_commands(context):
        sentence = main.get_command(context, name).get_short_help_str(limit=200)
        assert f"{name} {sentence}" in listed


def test_an_unknown_command_is_refused():
    assert "No such command 'walk'" in bad("walk")


def test_valid_file_is_said_to_be(path):
    result = run("validate", path)
    assert (result.exit_code, result.output) == (0, f"{path}: valid\n")


def test_problems_have_codes_and_exit_code_2(path):
    with h5py.File(path, "a") as file:
        del file["layer/0/neuron/vThMant"]
    result = run("validate", path, "--json")
    (problem,) = json.loads(result.output)[str(path)]
    assert result.exit_code == 2
    assert problem["path"] == "/layer/0/neuron/vThMant"
    assert {"code", "clause", "severity", "message"} < set(problem)
    assert "missing" in run("validate", path).output


def test_profile_of_validation_is_passed_on(path):
    weight = [[200, 4]]
    layers = [spec.Dense((1,), weight, neuron=spec.Alif(9, 9, 9, 9, 80, 2))]
    spec.write(spec.Network(layers), path)
    assert run("validate", path).exit_code == 0
    result = run("validate", path, "--profile", "lava")
    assert result.exit_code == 2 and "ALIF" in result.output
    assert "unknown profile 'x'" in bad("validate", path, "--profile", "x")


def test_inspection_shows_layers_neurons_bits_and_delays(path):
    lines = run("inspect", path).output.splitlines()
    titles = "layer type shape neuron weights bits range delay"
    assert " ".join(lines[0].split()) == titles
    assert "CUBA threshold=80 current_decay=1024 voltage_decay=512" in lines[1]
    assert lines[1].split()[-4:] == ["6", "5", "-12..10", "0..4"]
    assert lines[-1] == "2 layers, 8 weights"
    first = json.loads(run("inspect", path, "--json").output)["layers"][0]
    assert (first["weight_bits"], first["max_delay"]) == (5, 4)
    assert first["neuron"]["current_decay"] == 1024


@dataclass(frozen=True, eq=False)
class Leaky(spec.Neuron):
    """A plugin's neuron."""

    type: ClassVar[str] = "acme.leaky"
    leak: int = field(metadata=schema.dataset("leak", schema.Integer(), "leak"))


def test_a_plugins_neuron_is_shown(tmp_path, monkeypatch):
    known = {("lava.dl.schema", "acme.leaky"): Leaky}
    monkeypatch.setattr(plugins._registry, "_objects", known)
    path = tmp_path / "plugin.net"
    spec.write(spec.Network([spec.Dense((1,), [[2, 4]], neuron=Leaky(leak=7))]), path)
    assert "acme.leaky" in run("inspect", path).output
    layer = json.loads(run("inspect", path, "--json").output)["layers"][0]
    assert layer["neuron"]["leak"] == 7
    assert run("validate", path).exit_code == 0


def test_equal_files_compare_equal(path, tmp_path):
    assert run("compare", path, path).output == "equal\n"
    other = spec.Dense((2,), [[2, -4, 6], [8, 10, 0]], neuron=CUBA)
    spec.write(spec.Network([other]), tmp_path / "other.net")
    result = run("compare", path, tmp_path / "other.net")
    assert result.exit_code == 1
    assert "/layer/0/weight" in result.output
    assert "differ" in result.output


def test_plugins_are_listed_and_broken_ones_named(monkeypatch, tmp_path):
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[lava.dl.schema]\nacme.gone = acme_absent:Thing\nacme.json = json:loads\n"
    )
    assert "acme" not in run("plugins").output
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = json.loads(run("plugins", "--json").output)
    assert {row["name"] for row in rows} == {"acme.gone", "acme.json"}
    assert all(row["package"] == "acme 1.0" for row in rows)
    result = run("plugins", "--check")
    assert result.exit_code == 2
    assert "No module named 'acme_absent'" in result.output
    assert "loads" in result.output
    monkeypatch.setenv("LAVA_DL_PLUGINS", "0")
    assert run("plugins").output == "no plugins are installed\n"


@pytest.mark.parametrize("command", ["validate", "inspect"])
def test_missing_file_is_named(command, tmp_path):
    assert "there is no file" in bad(command, tmp_path / "none.net")


def test_file_that_is_no_network_is_named(tmp_path):
    (tmp_path / "text.net").write_text("no network")
    sentence = bad("inspect", tmp_path / "text.net")
    assert "text.net" in sentence and "not an HDF5 file" in sentence


def test_conversion_needs_one_file_of_each_kind(path, tmp_path):
    sentence = bad("convert", path, tmp_path / "b.net")
    assert "one must end in .net, the other in .nir" in sentence


def test_conversion_without_nir_says_how_to_get_it(path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nir", None)
    sentence = bad("convert", path, tmp_path / "b.nir")
    assert "pip install lava-dl-netx[nir]" in sentence
    assert not (tmp_path / "b.nir").exists()


def test_module_is_the_command_too(path):
    args = [sys.executable, "-m", "lava.lib.dl.netx", "validate", str(path)]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{path}: valid\n")
    done = subprocess.run(
        [*args, "absent"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
