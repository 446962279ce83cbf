"""Memory and time of training over long sequences, beside spikingjelly's ``memopt``.

Four dense layers train over T steps: at once, in chunks of time whose states are
computed again (``checkpoint_time``), and as spikingjelly's neurons at once, with its
``optimize_memory`` (level 1 with spikes as bits; more levels need a GPU), and with its
``checkpoint_module`` in as many chunks as ours. Cases take turns, each in a process of
its own. Printed is the memory that a step of training adds beyond its input, and the
best time. Without spikingjelly its cases are left out.

    python benchmarks/long.py [--steps 2000] [--rounds 3]
"""

import argparse
import importlib.util
import itertools
import json
import math
import subprocess
import sys
import time

import torch
from block_contenders.ours import network
from neuron_contenders.measure import peak_memory

from lava.lib.dl.slayer.utils import checkpoint_time

SIZES, BATCH, DENSITY = (128, 256, 256, 256, 10), 8, 0.05
PAIRS = list(itertools.pairwise(SIZES))
SHORT, LONG = 1000, 10_000


class Layer(torch.nn.Sequential):
    """A dense layer and its neurons, of spikingjelly."""

    def __init__(self, *sizes):
        from spikingjelly.activation_based import layer, neuron

        product = layer.Linear(*sizes, bias=False, step_mode="m")
        product.weight.data *= 8
        node = neuron.LIFNode(tau=10.0, decay_input=False, step_mode="m")
        super().__init__(product, node)


def ours(steps, kind):
    net = network([("dense", *pair) for pair in PAIRS])
    x = (torch.rand(BATCH, SIZES[0], steps) < DENSITY).float()
    run = checkpoint_time if kind == "chunks" else torch.nn.Module.__call__
    return lambda: run(net, x).mean().backward()


def spikingjelly(steps, kind):
    from spikingjelly.activation_based import functional, memopt

    net = torch.nn.Sequential(*(Layer(*pair) for pair in PAIRS))
    x = (torch.rand(steps, BATCH, SIZES[0]) < DENSITY).float()
    if kind == "memopt":
        memopt.optimize_memory(net, (Layer,), lambda model: model(x[:8]), level=1)
    elif kind == "chunks":
        chunk = 16 * math.ceil(3 * math.sqrt(steps) / 16)
        net = memopt.checkpoint_module(net, chunks=math.ceil(steps / chunk))

    def run():
        functional.reset_net(net)
        net(x).mean().backward()

    return run


def case(library, kind, steps):
    """Bytes and seconds of a training step, printed for the process that asks."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    run = {"ours": ours, "spikingjelly": spikingjelly}[library](int(steps), kind)
    memory = peak_memory(run)
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    print(json.dumps([memory, min(taken)]))


def measured(cases, rounds):
    """The least of all rounds of each case."""
    found = {each: [] for each in cases}
    for _ in range(rounds):
        for each in cases:
            command = [sys.executable, __file__, "--case", *map(str, each)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[each].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        each: [min(values) for values in zip(*all_, strict=True)]
        for each, all_ in found.items()
    }


def report(found, steps):
    for (library, kind, length), (memory, taken) in found.items():
        size = memory / 2**20
        print(f"{library:13} {kind:7} T={length:6} {size:8.1f} MiB {taken:7.3f} s")
    of_long = found["ours", "chunks", LONG][0] / found["ours", "whole", SHORT][0]
    print(
        f"T={LONG} in chunks takes {of_long:.2f} of T={SHORT}'s memory at once, goal 1"
    )
    peers = [key for key in found if key[0] == "spikingjelly" and key[1] != "whole"]
    memory, taken = found["ours", "chunks", steps]
    slower = taken / found["ours", "whole", steps][1]
    for key in peers:
        others = found[key][1] / found["spikingjelly", "whole", steps][1]
        print(
            f"{memory / found[key][0]:.2f} of the memory of {key[1]}, goal 0.5; chunks "
            f"take {slower:.2f} times as long as at once, there {others:.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", nargs=3, metavar=("LIBRARY", "KIND", "STEPS"))
    options = parser.parse_args()
    if options.case:
        return case(*options.case)
    steps = options.steps
    cases = [("ours", "whole", SHORT), ("ours", "chunks", LONG)]
    cases += [("ours", kind, steps) for kind in ("whole", "chunks")]
    if importlib.util.find_spec("spikingjelly"):
        kinds = ("whole", "memopt", "chunks")
        cases += [("spikingjelly", kind, steps) for kind in kinds]
    return report(measured(cases, options.rounds), steps)


if __name__ == "__main__":
    main()
