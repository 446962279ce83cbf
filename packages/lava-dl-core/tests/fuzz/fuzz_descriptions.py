"""Feed wrong descriptions of layers to the runtime's compiled kernels.

``python tests/fuzz/fuzz_descriptions.py --inputs 100000`` changes good descriptions
from a seed: names, types, lengths and single numbers, several at once. What is accepted
runs on every instruction set. It fails when a child process crashes or hangs, and on an
exception other than those that are documented; the seed is printed. With a core built
under a sanitizer it finds what is read beyond an array, too.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "runtime"))
from descriptions import LAVA, ROWS, described

from lava.lib.dl.core.runtime import Kernel, levels

BATCH = 5000
SECONDS = 300
LONGEST = 1 << 12
"""Steps back that a layer may remember, so that inputs stay fast."""
NUMBERS = (-(2**63), -(2**31), -33, -1, 0, 1, 2, 3, 7, 64, 2**15, 2**31 - 1, 2**31)
KINDS = sorted(ROWS)
DTYPES = ("i1", "u2", "i8", "u8", "f4", "f8", "?", "c8", "S2", "O")


def anything(rng: random.Random) -> Any:
    """A value of any type."""
    number = rng.choice(NUMBERS)
    size = rng.randrange(14)
    numbers = [rng.choice(NUMBERS) for _ in range(size)]
    array = np.resize(np.array([rng.randrange(3)], rng.choice(DTYPES)), size)
    made = (number, numbers, array, float(number), float("nan"), None, "cuba", {}, [[]])
    return rng.choice(made)


def change(description: dict[str, Any], rng: random.Random) -> None:
    """Change one entry of a description, or of the synapses in it."""
    groups = [description.get(name) for name in ("forward", "back")]
    planes = [plane for group in groups if isinstance(group, list) for plane in group]
    parts = [part for plane in planes if isinstance(plane, list) for part in plane]
    parts = [part for part in parts if isinstance(part, dict) and part]
    place = rng.choice(parts) if parts and rng.random() < 0.6 else description
    name = rng.choice(list(place))
    value = place[name]
    match rng.randrange(6):
        case 0:
            del place[name]
        case 1:
            place[rng.choice(("", "threshold", "begin", name + "s"))] = value
        case 2 if isinstance(value, list) and value:
            place[name] = [*value, *value][: rng.randrange(2 * len(value))]
        case 3 | 4 if isinstance(value, (list, np.ndarray)) and len(value):
            changed = list(value)
            changed[rng.randrange(len(changed))] = rng.choice(NUMBERS)
            place[name] = changed
        case _:
            place[name] = anything(rng)


def check(seed: int) -> None:
    """Make a layer of a changed description, and run it if it was accepted."""
    rng = random.Random(seed)
    kind = rng.choice(KINDS)
    description = described(kind, kind in LAVA and rng.random() < 0.5)
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        if description:
            change(description, rng)
    with suppress(ValueError, TypeError):
        kernel = Kernel(description)
        run(kernel, rng)


def run(kernel: Kernel, rng: random.Random) -> None:
    """Run a few steps of two samples, on every instruction set."""
    layer = kernel._layer
    back = (layer.past_inputs, layer.past_outputs, layer.past_delayed)
    if max(*back, layer.inputs, layer.neurons) > LONGEST:
        return
    data = np.full((2, 5, layer.inputs), rng.choice((0, 1, 9, 2**30)), kernel.dtype)
    for simd in levels():
        kernel.run(data, kernel.memory(2), trace=True, simd=simd)


def work(first: int, count: int) -> None:
    """Check inputs in this process, naming each before."""
    for seed in range(first, first + count):
        os.write(1, f"{seed}\n".encode())
        check(seed)


def main() -> int:
    """Run all inputs in child processes; 1 if one was not survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--work", nargs=2, type=int)
    args = parser.parse_args()
    if args.work:
        work(*args.work)
        return 0
    seed, end, failures = args.first, args.first + args.inputs, 0
    while seed < end:
        count = min(BATCH, end - seed)
        command = [sys.executable, __file__, "--work", str(seed), str(count)]
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        done = len(child.stdout.split())
        if child.returncode:
            failures += 1
            told = child.stderr.strip()[-2000:]
            print(
                f"input {seed + done - 1}: exit {child.returncode}: {told}", flush=True
            )
        seed += max(done, 1)
    print(f"{args.inputs} descriptions, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
