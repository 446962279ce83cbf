"""A writer leaves the old file or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec

KILLS = int(os.environ.get("LAVA_DL_KILLS", "8"))
WRITER = """
import sys
import numpy as np
from lava.lib.dl import spec
count, path = 0, sys.argv[1]
while True:
    count += 1
    layers = [spec.Dense((80,), np.full((80, 80), count % 200)) for _ in range(3)]
    spec.write(spec.Network(layers), path)
    print(count, flush=True)
"""


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.net", random.Random(5)
    spec.write(spec.Network([spec.Dense((1,), [[7]])]), path)
    for _ in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        )
        with child:
            child.stdout.readline()
            time.sleep(rng.uniform(0, 0.03))
            child.send_signal(signal.SIGKILL)
        network = spec.read(path)
        values = {int(v) for layer in network for v in np.unique(layer.weight)}
        assert len(values) == 1
        assert spec.validate(path) == []


def test_a_failed_write_leaves_nothing(
    small: spec.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.net"
    path.write_bytes(b"before")

    def fail(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        spec.write(small, path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_ordinary_permissions(
    small: spec.Network, tmp_path: Path
) -> None:
    spec.write(small, tmp_path / "a.net")
    (tmp_path / "plain").touch()
    modes = {p.stat().st_mode for p in (tmp_path / "a.net", tmp_path / "plain")}
    assert len(modes) == 1


def test_files_say_their_version(small: spec.Network, tmp_path: Path) -> None:
    spec.write(small, tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net") as file:
        assert file.attrs["format_version"] == b"1.0"
        assert file["layer/0/weight"].chunks is None


def test_the_older_file_groups_survive(tmp_path: Path) -> None:
    network = spec.Network(
        [spec.Input((3,)), spec.Dense((1,), [[1, 2, 3]])], spec.Simulation(1, 16)
    )
    spec.write(network, tmp_path / "a.net")
    assert spec.read(tmp_path / "a.net").simulation == spec.Simulation(1, 16)
