"""Training steps on a GPU beside what none can do without, and beside spikingjelly.

Contenders take turns. ``floor`` is three copies of a neuron's input, or a network's
bare products, forward and backward, in TF32 and the fastest layout of each layer;
``ours`` is a step as users write it; ``in a graph`` the same, replayed from a CUDA
graph, which leaves the kernels' time alone. Printed are medians in ms, the memory that
a step adds at most, ratios to the floor, and the goals, which are those of an H100.

    python benchmarks/gpu.py [--case conv ...] [--rounds 30] [--profile]
"""

from __future__ import annotations

import argparse
import gc
import sys
import traceback

import torch
from block_contenders.bare import best_layouts
from gpu_contenders.cases import CASES, Case
from gpu_contenders.measure import Run, captured, milliseconds, peak_mib, profiled
from gpu_contenders.steps import data, floor, ours, peer

from lava.lib.dl.core import training

WITHOUT_GPU = 77


def problem() -> str:
    """Why there is nothing to measure here."""
    if not torch.cuda.is_available():
        return "PyTorch finds no CUDA device"
    return training.cuda_problem()


def contenders(case: Case) -> tuple[dict[str, Run], dict[str, float]]:
    """Runs by name, and the memory that the steps take."""
    with torch.device("cuda"):
        x = data(case)
        least, theirs = floor(case, x), peer(case, x)
    steps = {"ours": ours(case, x)}
    if theirs is not None:
        steps["spikingjelly"] = theirs
    for step in steps.values():
        step()
    memory = {name: peak_mib(step, step.forget) for name, step in steps.items()}
    own = steps["ours"]
    return {
        **least,
        **steps,
        "in a graph": captured(own, own.forget),
    }, memory


def with_floor(times: dict[str, float]) -> dict[str, float]:
    """Sums the products of a network's layers, each in its fastest layout."""
    products = {k[5:]: t for k, t in times.items() if k.startswith("bare ")}
    rest = {k: t for k, t in times.items() if not k.startswith("bare ")}
    if not products:
        return rest
    return {"floor": best_layouts(products, ("dense", "conv")), **rest}


def report(times: dict[str, float], memory: dict[str, float]) -> None:
    least = times.get("floor")
    for name, taken in times.items():
        ratio = f"{taken / least:6.2f} x floor" if least else ""
        mib = f"{memory[name]:6.0f} MiB" if name in memory else " " * 10
        print(f"  {name:14} {taken:9.4f} ms {mib} {ratio}")


def report_goals(name: str, found: dict[str, float], memory: dict[str, float]) -> None:
    """Prints what the case must reach, of all times found so far."""
    for goal in CASES[name].goals:
        of = goal.of if ": " in goal.of else f"{name}: {goal.of}"
        if goal.of and of not in found:
            continue
        value = found[f"{name}: {goal.contender}"] / found.get(of, 1.0)
        what = f" / {goal.of}" if goal.of else ", ms"
        met = "met" if value <= goal.most else "MISSED"
        print(f"  {goal.contender}{what} {value:.2f}, at most {goal.most:.2f}: {met}")
    if "spikingjelly" in memory:
        met = "met" if memory["ours"] <= 1.01 * memory["spikingjelly"] else "MISSED"
        print(f"  memory at most spikingjelly's: {met}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--limit", type=float, default=4.0, help="seconds a case")
    parser.add_argument("--profile", action="store_true", help="time each kernel")
    given = parser.parse_args()
    if problem():
        print(f"nothing is measured: {problem()}")
        return WITHOUT_GPU
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name()}")
    found: dict[str, float] = {}
    failed = 0
    for name in given.case:
        print(name, flush=True)
        try:
            run(name, given, found)
        except Exception:  # a case that fails leaves the others
            traceback.print_exc()
            failed += 1
        gc.collect()
        torch.cuda.empty_cache()
    return int(failed > 0)


def run(name: str, given: argparse.Namespace, found: dict[str, float]) -> None:
    """Measures a case, prints it, and adds its times to those found."""
    torch.manual_seed(1)
    runs, memory = contenders(CASES[name])
    times = with_floor(milliseconds(runs, given.rounds, given.limit))
    found |= {f"{name}: {who}": taken for who, taken in times.items()}
    report(times, memory)
    report_goals(name, found, memory)
    if given.profile:
        print(profiled(runs["ours"]))


if __name__ == "__main__":
    sys.exit(main())
