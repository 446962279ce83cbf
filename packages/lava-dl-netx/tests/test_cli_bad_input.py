"""Bad input of the command line: exit code 2, one printable sentence, no output."""

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
from click.testing import CliRunner

from lava.lib.dl import spec
from lava.lib.dl.netx.cli import main

ESCAPE = "\x1b[2J\x1b]0;owned\x07"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Networks and inputs, good ones and bad ones."""
    monkeypatch.chdir(tmp_path)
    cuba = spec.Cuba(100, 100, 20)
    weight = np.ones((3, 4), int) * 40
    spec.write(spec.Network([spec.Dense((3,), weight, neuron=cuba)]), "ok.net")
    eye = spec.Dense((4,), np.eye(4, dtype=int))
    layers = [spec.Input((4,)), eye, spec.Concat((8,), sources=[0, 1])]
    spec.write(spec.Network(layers), "concat.net")
    with h5py.File("wide.net", "w") as file:
        file["layer/0/type"] = np.array([b"input"], "S10")
        file["layer/0/shape"] = [2**20, 2**20, 1]
    np.save("ok.npy", np.ones((4, 5)))
    np.save("text.npy", np.array([["a"] * 5] * 4))
    np.save("nan.npy", np.full((4, 5), np.nan))
    np.save("huge.npy", np.full((4, 5), 1e39))
    np.save("complex.npy", np.ones((4, 5), complex))
    np.save("record.npy", np.zeros((4, 5), "i4,f4"))
    np.save("number.npy", np.float32(3))
    np.savez("escape.npz", **{ESCAPE: np.ones(3), "b": np.ones(3)})
    save_header("bomb.npy", BOMB)
    save_header("paren.npy", b"(" * 500)
    save_header("keys.npy", b"{'descr': '<f8'}")
    save_header("object.npy", BOMB.replace(b"<f8", b"|O").replace(b"0" * 12, b""))
    (tmp_path / "a.bs1").write_bytes(bytes([0, 1, 0, 0, 9]) * 3)
    (tmp_path / "broken.npz").write_bytes((tmp_path / "escape.npz").read_bytes()[:-40])
    return tmp_path


BOMB = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 1000000000000), }"


def save_header(name, head):
    head += b" " * 20 + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(64)
    Path(name).write_bytes(content)


BAD = [
    "run ok.net bomb.npy",
    "run ok.net paren.npy",
    "run ok.net keys.npy",
    "run ok.net object.npy",
    "run ok.net text.npy",
    "run ok.net nan.npy",
    "run ok.net huge.npy",
    "run ok.net complex.npy",
    "run ok.net record.npy",
    "run ok.net number.npy",
    "run ok.net broken.npz",
    "run ok.net escape.npz",
    "run ok.net escape.npz --key c",
    "run ok.net ok.npy --steps -1",
    "run ok.net ok.npy --num-layers -1",
    "run ok.net ok.npy --skip-layers 7",
    "run ok.net ok.npy --spike-exp 99",
    "run ok.net ok.npy --reset-interval 0 --arithmetic lava",
    "run ok.net ok.npy --reset-interval 9999999999 --arithmetic lava",
    "run ok.net ok.npy --input-message-bits -3",
    "run ok.net ok.npy -o out.txt",
    "run ok.net ok.npy -o absent/out.npy",
    "run ok.net ok.npy -o .",
    "run concat.net ok.npy --skip-layers 1",
    "run wide.net ok.npy",
    "run ok.net a.bs1 --step-time 0",
    "run ok.net a.bs1 --step-time -1",
    "run ok.net a.bs1 --step-time nan",
    "run ok.net a.bs1 --step-time inf",
    "run ok.net a.bs1 --step-time 1e-300",
    "run ok.net a.bs1 --sensor 3,,4",
    "run ok.net a.bs1 --sensor 99999999,99999999,2",
    "run ok.net .",
    "run . ok.npy",
    "run ok.npy ok.npy",
    "validate ok.npy",
    "inspect ok.npy",
    "profile ok.net nan.npy --html page.html",
    "profile ok.net ok.npy --html absent/page.html",
    "compare ok.net wide.net --input ok.npy",
    "compare ok.net",
    "convert ok.net ok.npy",
    "convert ok.npy b.net",
    f"run ok.net {ESCAPE}.npy",
    f"validate {ESCAPE}.net",
    f"convert {ESCAPE} b.net",
]


@pytest.mark.parametrize("line", BAD)
def test_bad_input_ends_with_code_2_and_a_printable_sentence(folder, line):
    before = sorted(folder.iterdir())
    result = CliRunner().invoke(main, line.split(" "))
    assert result.exit_code == 2, (result.output, result.exception)
    last = (result.stderr or result.stdout).rstrip("\n").split("\n")[-1]
    assert last.isprintable()
    assert len(last) > 20
    assert "\x1b" not in result.output
    assert sorted(folder.iterdir()) == before


def test_names_in_the_output_are_printable(folder):
    (folder / "ok.net").rename(folder / f"{ESCAPE}.net")
    result = CliRunner().invoke(main, ["validate", f"{ESCAPE}.net"])
    assert result.exit_code == 0
    assert result.stdout.rstrip("\n").isprintable()
    result = CliRunner().invoke(main, ["inspect", "--json", f"{ESCAPE}.net"])
    assert "\x1b" not in result.stdout


def test_output_goes_where_a_link_points(folder):
    (folder / "disk").mkdir()
    (folder / "out.npy").symlink_to(folder / "disk" / "out.npy")
    result = CliRunner().invoke(main, ["run", "ok.net", "ok.npy", "-o", "out.npy"])
    assert result.exit_code == 0, result.output
    assert np.load(folder / "disk" / "out.npy").shape == (3, 5)
    assert (folder / "out.npy").is_symlink()


RUNNERS = """
import os, sys
import numpy as np
from pathlib import Path
from lava.lib.dl.netx.cli._output import write_spikes

def write_forever(path):
    for count in range(os.getpid(), 10**9):
        write_spikes(Path(path), np.full((300, 300), count))
        if count == os.getpid():
            print(os.getpid(), flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write_forever(sys.argv[1])
    print("ended", os.waitpid(child, 0), flush=True)
"""
KILLS = int(os.environ.get("LAVA_DL_KILLS", "20"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_killed_command_leaves_the_old_output_or_the_new_one(tmp_path):
    path, draw, seen = tmp_path / "a.npy", random.Random(4), set()
    command = [sys.executable, "-c", RUNNERS, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as runners:
        for _ in range(KILLS):
            print(file=runners.stdin, flush=True)
            child = int(runners.stdout.readline())
            time.sleep(draw.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
            assert runners.stdout.readline().startswith("ended")
            (value,) = np.unique(np.load(path))
            seen.add(int(value))
    assert len(seen) > 1
    assert len(list(tmp_path.iterdir())) <= 2  # one part, which the next run removes


FULL_DISK = """
import resource
from lava.lib.dl.netx.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
main()
"""


@pytest.mark.parametrize(
    "line",
    [
        "run ok.net ok.npy -o out.npy",
        "run ok.net ok.npy -o out.json",
        "profile ok.net ok.npy --html out.html",
        "convert ok.net out.nir",
    ],
)
def test_a_full_disk_is_a_sentence_and_leaves_nothing(folder, line):
    pytest.importorskip("resource")
    if line.startswith("convert"):
        pytest.importorskip("nir")
    before = sorted(folder.iterdir())
    # -B: what Python compiles would be cut short, too, and stay so.
    command = [sys.executable, "-B", "-c", FULL_DISK, *line.split()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr.splitlines()[-1]
    assert sorted(folder.iterdir()) == before
