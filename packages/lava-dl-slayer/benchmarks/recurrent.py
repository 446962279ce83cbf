"""Recurrent blocks beside loops and other libraries, all taking turns in one run.

Every contender weighs its input with a dense layer, steps with spikes that return, and
trains: forward and backward. ``time`` and ``step`` are a block's gradients; ``called``
calls our neuron at every step, as ``custom_recurrent_ground_truth_2`` does; ``plain``
is CUBA in torch alone. Printed are best times, their ratios and the goals. Libraries
that are not installed are left out.

    python benchmarks/recurrent.py [--threads 1] [--rounds 7] [--density 0.1]
"""

import argparse

import torch
from neuron_contenders.measure import best_and_median, keep_freed_memory, seconds
from recurrent_contenders import called, peers, plain

from lava.lib.dl import slayer

CUBA = {"threshold": 0.5, "current_decay": 0.3, "voltage_decay": 0.1}
CASES = {(16, 128, 500): 10, (16, 512, 100): 4}
"""Samples, neurons and steps, and how many times as long loops take at least."""
MOST_OF_STEP, LEAST_OF_PEERS = 1.3, 3.0


def contenders(batch, neurons, steps, density):
    x = (torch.rand(batch, neurons, steps) < density).float()
    found = {}
    for gradient in ("time", "step"):
        torch.manual_seed(1)
        block = slayer.block.cuba.Recurrent(CUBA, neurons, neurons, gradient=gradient)
        found[gradient] = trained(block, x)
    print(f"  spikes at {float(block(x).mean()):.1%} of all steps")
    found["called"] = trained(called(CUBA, block), x)
    first = x.permute(2, 0, 1).contiguous()
    others = {"plain": plain(neurons), **peers(neurons)}
    return found | {name: trained(run, first) for name, run in others.items()}


def trained(run, x):
    return lambda: run(x).sum().backward()


def report(measured, goal):
    best, middle = measured["time"]
    print(f"  time {best * 1e3:.1f} ms (median {middle * 1e3:.1f})")
    step = measured["step"][0]
    print(f"  {best / step:.2f} times step's {step * 1e3:.1f} ms, goal {MOST_OF_STEP}")
    others = {n: t for n, (t, _) in measured.items() if n not in ("time", "step")}
    for name, taken in others.items():
        least = {"called": goal, "plain": goal}.get(name, LEAST_OF_PEERS)
        ratio = taken / best
        print(f"  {name} takes {ratio:.1f} times as long as time, goal {least}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--density", type=float, default=0.1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    for case, goal in CASES.items():
        print("N={} C={} T={}".format(*case))
        runs = contenders(*case, options.density)
        report(best_and_median(seconds(runs, options.rounds)), goal)


if __name__ == "__main__":
    main()
