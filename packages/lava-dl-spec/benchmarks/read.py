"""How much longer reading a large file takes than h5py alone takes for its arrays.

``python benchmarks/read.py [--megabytes 100] [--rounds 9]`` prints the ratio of the
median times of fresh processes; the goal is at most 1.2.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import h5py
import numpy as np

from lava.lib.dl import spec

LAYERS = 4
NEURON = spec.Cuba(1024, 128, 80)


def bare(path: Path) -> list[np.ndarray]:
    """Read every data set."""
    found: list[np.ndarray] = []
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.append(item[()]) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


ACTIONS = {"bare": bare, "read": spec.read}


def once(action: str, path: Path) -> float:
    """Seconds of the first read of a fresh process, as a user's script does it."""
    done = subprocess.run(
        [sys.executable, __file__, "--once", action, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def timed(action: str, path: Path) -> None:
    small = path.with_suffix(f".{os.getpid()}.small")
    spec.write(spec.Network([spec.Dense((1,), [[1]], neuron=NEURON)]), small)
    ACTIONS[action](small)
    small.unlink()
    started = time.perf_counter()
    kept = ACTIONS[action](path)
    print(time.perf_counter() - started)
    del kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--once", nargs=2)
    args = parser.parse_args()
    if args.once:
        timed(args.once[0], Path(args.once[1]))
        return
    size = round((args.megabytes * 1e6 / 4 / LAYERS) ** 0.5)
    weight = np.arange(size * size, dtype=np.int32).reshape(size, size) % 509 - 255
    layer = spec.Dense((size,), weight, neuron=NEURON)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.net"
        spec.write(spec.Network([layer] * LAYERS), path)
        pairs = [(once("bare", path), once("read", path)) for _ in range(args.rounds)]
    alone, ours = (median(times) for times in zip(*pairs, strict=True))
    print(f"h5py {alone * 1e3:.1f} ms, read {ours * 1e3:.1f} ms")
    print(f"ratio {ours / alone:.2f}")


if __name__ == "__main__":
    main()
