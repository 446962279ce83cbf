"""Times the kernels against the copies they can't avoid.

Contenders run interleaved in one process; best, median and ratios are printed, and the
goals at 1000 steps, which are beyond the caches. The floor is one clone of x for each
tensor newly written: one forward, three forward and backward. Where torch is there, all
memory comes from it. Loops and other libraries are in lava-dl-slayer's benchmark.

    python benchmarks/neurons.py [--threads 1 2] [--steps 1000 100] [--rounds 7]
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from lava.lib.dl import core
from lava.lib.dl.core import training

SHAPE = (32, 512, 1)
Contender = Callable[[], object]
BACKWARD = " + backward"
GOALS = {
    "cuba": ("floor", 1.4),
    "delay": ("floor", 1.5),
    **dict.fromkeys(("alif", "rf", "rf_iz", "sigma_delta"), ("cuba", 2.0)),
    **dict.fromkeys(("adrf", "adrf_iz"), ("cuba", 3.0)),
}


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def clone(x):
    torch = optional("torch")
    return x.copy() if torch is None else torch.from_numpy(x).clone()


def arrays(steps):
    rng = np.random.default_rng(0)
    shape = (*SHAPE, steps)
    return [rng.normal(0, 0.3, shape).astype(np.float32) for _ in range(3)]


def neuron_contenders(neuron, x, other, grad):
    """Forward, and forward with backward, of one of the fused neurons."""
    values = [600, 3900, 300, 300] if len(neuron.inputs) > 1 else [1229, 410, 300, 300]
    decays = [np.float32([v]) for v in values[: len(neuron.decays)]]
    states = [np.zeros(1, np.float32)] * len(neuron.states)
    inputs = [x, other][: len(neuron.inputs)]
    threshold = training.Threshold(1.0, 4096.0, 0.5)
    surrogate = training.Surrogate(100.0, 0.1)

    def forward():
        return training.neuron_forward(neuron, inputs, decays, states, threshold)

    def both():
        grads = [grad, None, None]
        result = forward()
        back = training.neuron_backward(
            neuron,
            inputs,
            decays,
            states,
            grads,
            threshold,
            surrogate,
        )
        return result, back

    return {neuron.name: forward, f"{neuron.name}{BACKWARD}": both}


def contenders(x, other, grad):
    found: dict[str, Contender] = {
        "floor": lambda: clone(x),
        f"floor{BACKWARD}": lambda: (clone(x), clone(x), clone(x)),
    }
    for name in ("CUBA", "ALIF", "RF", "RF_IZ", "ADRF", "ADRF_IZ"):
        found |= neuron_contenders(getattr(training, name), x, other, grad)
    zero, states = np.zeros(1, np.float32), [np.zeros(1, np.float32)] * 4
    given = {"parameters": [np.float32([0.2]), zero], "states": states}
    rule = training.delta_settings(4096.0, rectified=True)
    delays = np.random.default_rng(1).uniform(0, 30, SHAPE[1]).astype(np.float32)
    unit = training.shift_settings(1.0)

    def forward():
        return training.run("sigma_delta", [x], rule, last=4, **given)

    def backward():
        inputs = [x, grad]
        return training.run("sigma_delta_backward", inputs, rule, learned=2, **given)

    found["sigma_delta"] = forward
    found[f"sigma_delta{BACKWARD}"] = lambda: (forward(), backward())

    def shift():
        return training.run("delay", [x], unit, parameters=[delays])

    def shift_back():
        inputs = [grad, x]
        return training.run(
            "delay_backward", inputs, unit, parameters=[delays], learned=1
        )

    found["delay"] = shift
    found[f"delay{BACKWARD}"] = lambda: (shift(), shift_back())
    return found


def measure(contenders, rounds):
    times = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            kept = run()
            times[name].append(time.perf_counter() - start)
            del kept
    return times


def report(times):
    measured = {name: (min(taken), median(taken)) for name, taken in times.items()}
    for name, (best, middle) in measured.items():
        floor = measured[f"floor{BACKWARD if BACKWARD in name else ''}"]
        print(
            f"{name:28s} best {best * 1e3:9.2f} ms  median {middle * 1e3:9.2f} ms  "
            f"x floor {best / floor[0]:7.2f} {middle / floor[1]:7.2f}"
        )
    return measured


def report_goals(measured):
    for name, (other, limit) in GOALS.items():
        for suffix in ("", BACKWARD):
            pair = measured[name + suffix], measured[other + suffix]
            best, middle = (a / b for a, b in zip(*pair, strict=True))
            print(
                f"{name + suffix} / {other + suffix}: {best:.2f} best, {middle:.2f} "
                f"median; goal at most {limit}: {'met' if best <= limit else 'MISSED'}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 100])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(f"{core.info()}\n")
    for threads in options.threads:
        core.set_num_threads(threads)
        if optional("torch"):
            optional("torch").set_num_threads(threads)
        for steps in options.steps:
            print(f"N=32 C=512 T={steps}, {threads} threads")
            x, other, grad = arrays(steps)
            measured = report(measure(contenders(x, other, grad), options.rounds))
            if steps >= 1000:
                report_goals(measured)
            print()


if __name__ == "__main__":
    main()
