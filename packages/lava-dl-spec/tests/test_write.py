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
from lava.lib.dl.spec._write import write_network

KILLS = int(os.environ.get("LAVA_DL_KILLS", "20"))
WRITERS = """
import os, sys
import numpy as np
from lava.lib.dl import spec

def write_forever(path):
    for count in range(os.getpid(), 10**9):
        layers = [spec.Dense((80,), np.full((80, 80), count % 200)) for _ in range(3)]
        spec.write(spec.Network(layers), path)
        if count == os.getpid():
            print(os.getpid(), flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write_forever(sys.argv[1])
    print("ended", os.waitpid(child, 0), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, rng = tmp_path / "a.net", random.Random(5)
    spec.write(spec.Network([spec.Dense((1,), [[7]])]), path)
    seen = set()
    command = [sys.executable, "-c", WRITERS, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as writers:
        for _ in range(KILLS):
            print(file=writers.stdin, flush=True)
            child = int(writers.stdout.readline())
            time.sleep(rng.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            assert writers.stdout.readline().startswith("ended")
            network = spec.read(path)
            values = {int(v) for layer in network for v in np.unique(layer.weight)}
            assert len(values) == 1
            assert spec.validate(path) == []
            seen |= values
    assert len(seen) > 1
    spec.write(spec.Network([spec.Dense((1,), [[7]])]), path)
    assert list(tmp_path.iterdir()) == [path]


FULL_DISK = """
import resource, sys
import numpy as np
from lava.lib.dl import spec

net = spec.Network([spec.Dense((40,), np.ones((40, 40), int)) for _ in range(9)])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    spec.write(net, sys.argv[1])
except OSError:
    print("refused")
"""


@pytest.mark.parametrize("room", [0, 1, 1000, 4096, 50000])
def test_a_full_disk_is_an_error_and_leaves_the_old_file(
    small: spec.Network, tmp_path: Path, room: int
) -> None:
    pytest.importorskip("resource")
    path = tmp_path / "a.net"
    spec.write(small, path)
    # -B: what Python compiles would be cut short, too, and stay so.
    command = [sys.executable, "-B", "-c", FULL_DISK, str(path), str(room)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
    assert spec.validate(path) == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_made_in_memory_is_the_one_libhdf5_writes_to_disk(
    small: spec.Network, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "theirs.net", "w") as file:
        write_network(file, small)
    spec.write(small, tmp_path / "ours.net")
    ours, theirs = ((tmp_path / f"{n}.net").read_bytes() for n in ("ours", "theirs"))
    assert ours == theirs


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


def test_rows_are_stored_as_older_readers_expect(tmp_path: Path) -> None:
    layers = [
        spec.Input((2, 3, 1)),
        spec.Flatten((6,)),
        spec.Average((3,)),
        spec.Average((3,), time_factor=4),
    ]
    spec.write(spec.Network(layers), tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net") as file:
        shapes = [file[f"layer/{i}/shape"][()].tolist() for i in range(4)]
    assert shapes == [[2, 3, 1], [6, 1, 1], [3, 1, 1], [3]]


def test_the_older_file_groups_survive(tmp_path: Path) -> None:
    network = spec.Network(
        [spec.Input((3,)), spec.Dense((1,), [[1, 2, 3]])], spec.Simulation(1, 16)
    )
    spec.write(network, tmp_path / "a.net")
    assert spec.read(tmp_path / "a.net").simulation == spec.Simulation(1, 16)
