"""Comparing networks, and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec.__main__ import main


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in this process."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        line = list(map(str, words))
        code = main(line)
        return subprocess.CompletedProcess(line, code, *capsys.readouterr())

    return run


def test_the_package_is_a_command(small: spec.Network, tmp_path: Path) -> None:
    spec.write(small, tmp_path / "a.net")
    line = [sys.executable, "-m", "lava.lib.dl.spec", "show", str(tmp_path / "a.net")]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("/layer/0: dense\n  shape: (4,)\n")
    assert "    vThMant: 32\n" in done.stdout


def test_differences_are_named_one_by_one(small: spec.Network) -> None:
    first, second = small.layers
    weight = second.weight.copy()
    weight[1, 2] += 2
    other = spec.Network(
        [
            replace(first, neuron=spec.Cuba(1024, 410, 40), bias=None),
            replace(second, weight=weight),
            spec.Flatten((3,)),
        ],
        spec.Simulation(1, 16),
    )
    found = {d.path: str(d) for d in spec.diff(small, other)}
    assert list(found) == [
        "/layer/0/neuron/vThMant",
        "/layer/0/bias",
        "/layer/1/weight",
        "/layer/2",
        "/simulation",
    ]
    assert found["/layer/0/neuron/vThMant"].endswith("32 != 40")
    assert "(1 differ)" in found["/layer/1/weight"]
    assert spec.diff(small, small) == []


def test_validate_prints_and_exits(
    changed: Callable[..., Path], command: Callable[..., object]
) -> None:
    good = changed(lambda file: None)
    assert command("validate", good).returncode == 0
    bad = changed(lambda file: file.move("layer/1", "layer/3"))
    done = command("validate", bad)
    assert done.returncode == 1
    assert "[layer-index, clause 1.3]" in done.stdout
    listed = json.loads(command("validate", "--json", bad).stdout)
    assert listed[str(bad)][0]["code"] == "layer-index"


def test_profiles_are_told_apart(
    changed: Callable[..., Path], command: Callable[..., object]
) -> None:
    def delay(file: h5py.File) -> None:
        file["layer/1/delay"][...] = 99

    path = changed(delay)
    assert command("validate", path).returncode == 0
    assert "clips delays" in command("validate", "--profile", "lava", path).stdout
    assert command("validate", "--profile", "loihi2", path).returncode == 1


def test_diff_prints_and_exits(
    small: spec.Network, tmp_path: Path, command: Callable[..., object]
) -> None:
    spec.write(small, tmp_path / "a.net")
    spec.write(spec.Network(small.layers[:1]), tmp_path / "b.net")
    assert command("diff", tmp_path / "a.net", tmp_path / "a.net").returncode == 0
    done = command("diff", tmp_path / "a.net", tmp_path / "b.net")
    assert (done.returncode, done.stdout) == (1, "/layer/1: Dense != nothing\n")


def test_a_missing_file_is_a_sentence(command: Callable[..., object]) -> None:
    done = command("validate", "/nowhere/a.net")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no file")
