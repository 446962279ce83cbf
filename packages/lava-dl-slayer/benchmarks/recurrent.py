"""Recurrent blocks beside the same steps called one by one, in one run.

The loop calls the neuron, and multiplies its spikes with a matrix, at every step, as
``custom_recurrent_ground_truth_2`` does. Both train a step: forward and backward.

    python benchmarks/recurrent.py [--threads 1] [--rounds 5]
"""

import argparse

import torch
from neuron_contenders.measure import best_and_median, seconds

from lava.lib.dl import slayer
from lava.lib.dl.slayer.utils.recurrent import custom_recurrent_ground_truth_2

CUBA = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.03}
PERSISTENT = {**CUBA, "persistent_state": True}
CASES = [(16, 128, 500), (16, 512, 100)]


def loop(block):
    def run(x):
        block.neuron.reset_state()
        z = block.input_synapse(x)
        spikes = custom_recurrent_ground_truth_2(
            z, block.neuron, block.recurrent_synapse
        )
        return slayer.axon.delay(spikes)

    return run


def both(run, x):
    return lambda: run(x).sum().backward()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for batch, neurons, steps in CASES:
        x = (torch.rand(batch, neurons, steps) < 0.1).float()
        block = slayer.block.cuba.Recurrent(CUBA, neurons, neurons)
        stepped = slayer.block.cuba.Recurrent(PERSISTENT, neurons, neurons)
        stepped.load_state_dict(block.state_dict())
        assert torch.equal(block(x), loop(stepped)(x))
        found = {"block": both(block, x), "loop": both(loop(stepped), x)}
        measured = best_and_median(seconds(found, options.rounds))
        (best, middle), (slow, slower) = measured["block"], measured["loop"]
        print(
            f"N={batch} C={neurons} T={steps}: {best * 1e3:.1f} ms; the loop takes "
            f"{slow / best:.1f} times as long (median {slower / middle:.1f})"
        )


if __name__ == "__main__":
    main()
