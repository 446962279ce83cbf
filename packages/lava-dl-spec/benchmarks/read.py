"""How much longer reading a large file takes than h5py alone takes for its arrays.

``python benchmarks/read.py [--megabytes 100] [--rounds 7]`` prints the ratio of the
best times; the goal is at most 1.2.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from lava.lib.dl import spec

LAYERS = 4


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


def once(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    size = round((args.megabytes * 1e6 / 4 / LAYERS) ** 0.5)
    weight = np.arange(size * size, dtype=np.int32).reshape(size, size) % 509 - 255
    layer = spec.Dense((size,), weight, neuron=spec.Cuba(1024, 128, 80))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.net"
        spec.write(spec.Network([layer] * LAYERS), path)
        pairs = [
            (once(lambda: bare(path)), once(lambda: spec.read(path)))
            for _ in range(args.rounds)
        ]
    alone, ours = (min(times) for times in zip(*pairs, strict=True))
    print(f"h5py {alone * 1e3:.1f} ms, read {ours * 1e3:.1f} ms")
    print(f"ratio {ours / alone:.2f}")


if __name__ == "__main__":
    main()
