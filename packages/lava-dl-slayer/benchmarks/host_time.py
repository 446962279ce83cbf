"""Times what Python adds to small layers, and counts the frames it runs.

    python benchmarks/host_time.py [--against PYTHON]

With the interpreter of an environment that has another checkout installed, both are
measured in turns, each in a process of its own, and the ratio is printed: below 1 this
one is faster.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

PARAMETERS = {"threshold": 1.0, "current_decay": 0.2, "voltage_decay": 0.1}
GOAL_FRAMES, GOAL_RATIO = 70, 0.5


def passes() -> dict[str, Callable[[], Any]]:
    """The passes of a CUBA dense layer of one neuron over one step."""
    import torch

    from lava.lib.dl import slayer

    torch.set_num_threads(1)
    layer = slayer.block.cuba.Dense(PARAMETERS, 1, 1)
    x = torch.ones(1, 1, 1)

    def forward() -> None:
        with torch.no_grad():
            layer(x)

    return {
        "forward": forward,
        "forward + backward": lambda: layer(x).sum().backward(),
    }


def frames(run: Callable[[], Any]) -> int:
    """How many Python functions a call runs."""
    count = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(see)
    run()
    sys.setprofile(None)
    return count


def microseconds(run: Callable[[], Any], calls: int) -> float:
    """Processor time a call, the least of fifty short rounds."""
    rounds, each = [], max(calls // 10, 1)
    for _ in range(50):
        start = time.process_time()
        for _ in range(each):
            run()
        rounds.append((time.process_time() - start) / each * 1e6)
    return min(rounds)


def measure(calls: int) -> dict[str, float]:
    """Microseconds of processor time a call, the least of fifty rounds, and frames."""
    found: dict[str, float] = {}
    for name, run in passes().items():
        for _ in range(20):
            run()
        found[name] = microseconds(run, calls)
        found[f"{name}, frames"] = frames(run)
    return found


def elsewhere(python: str, calls: int) -> dict[str, float]:
    """The same by another interpreter."""
    command = [python, __file__, "--calls", str(calls), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compare(against: str, rounds: int, calls: int) -> None:
    """Prints both and their ratio, measured in turns."""
    here, there = [], []
    for _ in range(rounds):
        here.append(elsewhere(sys.executable, calls))
        there.append(elsewhere(against, calls))
    for name in here[0]:
        ours, theirs = (
            statistics.median(each[name] for each in side) for side in (here, there)
        )
        print(f"{name:28} {ours:8.1f} {theirs:8.1f}  ratio {ours / theirs:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", help="interpreter of the other environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.against:
        print(f"goals: {GOAL_FRAMES} frames forward, ratio {GOAL_RATIO} of both passes")
        return compare(given.against, given.rounds, given.calls)
    found = measure(given.calls)
    if given.json:
        print(json.dumps(found))
        return None
    for name, value in found.items():
        print(f"{name:28} {value:8.1f}")
    return None


if __name__ == "__main__":
    main()
