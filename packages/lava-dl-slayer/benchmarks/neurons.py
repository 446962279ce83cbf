"""Neurons as users call them: against their memory floor and a plain torch loop.

The floor of a forward pass is one ``x.clone()``, that of forward and backward three.
Contenders take turns in one run; ratios of best times are printed.
"""

import argparse
import time

import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.neuron import alif, cuba, rf_iz, sigma_delta

BATCH, CHANNELS = 32, 512


def clones(count):
    def run(x):
        return [x.clone() for _ in range(count)]

    return run


def forward(neuron, pair=False):
    def run(x):
        with torch.no_grad():
            return neuron((x, x) if pair else x)

    return run


def both(neuron, pair=False):
    def run(x):
        x = x.detach().requires_grad_()
        y = neuron((x, x) if pair else x)
        y.backward(x.detach())

    return run


def loop(neuron):
    """CUBA's recurrence step by step, differentiated by autograd."""

    def run(x):
        decays = [neuron.current_decay, neuron.voltage_decay]
        states = [torch.zeros(1)] * 2
        settings = neuron._settings(neuron._level)
        return ops.CUBA.plain([x], decays, states, settings)

    return run


def contenders():
    neurons = {
        "cuba": cuba.Neuron(1.0, 0.3, 0.1),
        "alif": alif.Neuron(1.0, 0.3, 0.3, 0.1, 0.2, 0.3),
        "rf_iz": rf_iz.Neuron(1.0, 9, 0.05),
        "sigma_delta": sigma_delta.Neuron(0.3, torch.relu),
    }
    made = {"floor forward": clones(1), "floor both": clones(3)}
    for name, neuron in neurons.items():
        pair = name == "rf_iz"
        made[f"{name} forward"] = forward(neuron, pair)
        made[f"{name} both"] = both(neuron, pair)
    made["loop forward"] = loop(neurons["cuba"])
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    x = torch.randn(BATCH, CHANNELS, options.steps)
    times = {name: [] for name in contenders()}
    for _ in range(options.rounds):
        for name, run in contenders().items():
            start = time.perf_counter()
            run(x)
            times[name].append(time.perf_counter() - start)
    report(times)


def report(times):
    for name, taken in times.items():
        floor = times["floor both" if name.endswith("both") else "floor forward"]
        best, median = min(taken), sorted(taken)[len(taken) // 2]
        print(
            f"{name:22} best {best * 1e3:9.2f} ms  median {median * 1e3:9.2f} ms  "
            f"{best / min(floor):8.2f} times its floor"
        )


if __name__ == "__main__":
    main()
