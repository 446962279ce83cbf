"""What one call of ``net.run`` with one step costs, beside the step itself.

Prints JSON. The step itself is measured in one call with as many steps; both are taken
in turns, in runs too short to be interrupted often, and the best of many is told. The
goal is 10 microseconds a call.
"""

import itertools
import json
import time

import numpy as np

from lava.lib.dl import netx, spec

GOAL = 10.0  # microseconds
SIZES = (64, 128, 10)
STEPS, ROUNDS = 50, 500
RNG = np.random.default_rng(0)


def network():
    neuron = spec.Cuba(1024, 256, 80)
    return spec.Network(
        [
            spec.Dense((out,), RNG.integers(-20, 21, (out, into)) * 2, neuron=neuron)
            for into, out in itertools.pairwise(SIZES)
        ]
    )


def microseconds(run):
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) / STEPS * 1e6


def main():
    net = netx.load(network())
    events = RNG.random((SIZES[0], STEPS)) < 0.1
    columns = [events[:, t : t + 1] for t in range(STEPS)]

    def one_by_one():
        for column in columns:
            net.run(column)

    pairs = [
        (microseconds(one_by_one), microseconds(lambda: net.run(events)))
        for _ in range(ROUNDS)
    ]
    call, step = (min(side) for side in zip(*pairs, strict=True))
    figures = {
        "network": "-".join(map(str, SIZES)),
        "microseconds of a call with one step": call,
        "microseconds of a step in a call with many": step,
        "call / step": call / step,
        "goal": GOAL,
        "call / goal": call / GOAL,
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
