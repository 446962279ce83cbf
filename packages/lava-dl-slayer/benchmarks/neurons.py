"""Neurons as users call them: beside their floors, plain loops and other libraries.

The floor is one ``x.clone()`` for each tensor newly written: one forward, three forward
and backward. Contenders take turns in one run; printed are best and median, both as
ratios, and the goals. Libraries that are not installed are left out.

Beyond 32 MiB (T=1000) a clone, like other libraries, gets pages that the system must
clear first, while core reuses the memory of arrays that are gone. So our times there
may lie below the floor; ``--fresh`` takes that advantage away.

Learnt delays and lava-dl 0.6's are best compared where arrays stay in the cache
(``--batch 8 --steps 500``); beyond it both wait for memory.

    python benchmarks/neurons.py [--batch 32] [--steps 1000 100] [--threads 1 2]
        [--rounds 5] [--only ours|rivals] [--compile] [--fresh] [--what times memory]
"""

import argparse

import torch
from neuron_contenders.delays import delay_of_06
from neuron_contenders.loops import loops
from neuron_contenders.measure import (
    best_and_median,
    keep_freed_memory,
    peak_memory,
    seconds,
)
from neuron_contenders.ours import learnt_delay, neurons, spikes
from neuron_contenders.peers import peers

from lava.lib.dl import core

CHANNELS = 512
FLOOR, FLOOR_BOTH = "floor", "floor + backward"
DELAY_OF_06 = "delay of lava-dl 0.6 + backward"
OF_FLOOR = {"cuba": 1.4, "delay": 1.5}
OF_CUBA = {
    **dict.fromkeys(("alif", "rf", "rf_iz", "sigma_delta"), 1.6),
    **dict.fromkeys(("adrf", "adrf_iz"), 2.0),
}


def forward(run, *inputs):
    def call():
        with torch.no_grad():
            return run(*inputs)

    return call


def both(run, grad, *inputs):
    def call():
        leaves = [x.detach().requires_grad_() for x in inputs]
        run(*leaves).backward(grad)
        return [leaf.grad for leaf in leaves]

    return call


def own(x, y, grad):
    found = {
        FLOOR: lambda: x.clone(),
        FLOOR_BOTH: lambda: (x.clone(), x.clone(), x.clone()),
    }
    for name, module in neurons(CHANNELS).items():
        run = spikes(module)
        found[name] = forward(run, x, y)
        found[f"{name} + backward"] = both(run, grad, x, y)
    return found


def rivals(x, grad, compiled):
    delay = delay_of_06(learnt_delay(CHANNELS).delay)
    of_06 = {DELAY_OF_06: both(delay, grad, x)}
    x, grad = (t.permute(2, 0, 1).contiguous() for t in (x, grad))
    found = loops(compiled) | peers()
    return of_06 | {f"{n} + backward": both(run, grad, x) for n, run in found.items()}


def report(measured, steps):
    """Times, as multiples of the floor, and the goals."""
    for name, (best, middle) in measured.items():
        floor = measured[FLOOR_BOTH if name.endswith("backward") else FLOOR]
        print(
            f"  {name:36} best {best * 1e3:9.2f} ms  median {middle * 1e3:9.2f} ms"
            f"  {best / floor[0]:8.2f} {middle / floor[1]:8.2f} x floor"
        )
    for name, limit in OF_FLOOR.items() if steps >= 1000 else ():
        compare(measured, name, FLOOR, at_most=limit)
        compare(measured, f"{name} + backward", FLOOR_BOTH, at_most=limit)
    for name, limit in OF_CUBA.items():
        compare(measured, name, "cuba", at_most=limit)
        compare(measured, f"{name} + backward", "cuba + backward", at_most=limit)
    compare(measured, DELAY_OF_06, "delay + backward", at_least=15)
    for name in measured:
        if "loop" in name:
            compare(measured, name, "cuba + backward", at_least=3)
        elif name in known_peers(measured):
            least = 15 if steps >= 1000 else 10
            compare(measured, name, "cuba + backward", at_least=least)


def known_peers(measured):
    others = {f"{name} + backward" for name in (*OF_FLOOR, *OF_CUBA, "floor")}
    others.add(DELAY_OF_06)
    return [n for n in measured if n.endswith("backward") and n not in others]


def compare(measured, name, other, at_most=None, at_least=None):
    if name not in measured or other not in measured:
        return
    ratios = [a / b for a, b in zip(measured[name], measured[other], strict=True)]
    goal = f"at most {at_most}" if at_least is None else f"at least {at_least}"
    met = ratios[0] <= at_most if at_least is None else ratios[0] >= at_least
    print(
        f"  {name} / {other}: {ratios[0]:.2f} best, {ratios[1]:.2f} median; "
        f"goal {goal}: {'met' if met else 'MISSED'}"
    )


def report_memory(contenders):
    """What a training step adds at most; the goal is to add less than every peer."""
    training = {n: run for n, run in contenders.items() if n.endswith("backward")}
    peaks = {name: peak_memory(run) for name, run in training.items()}
    if None in peaks.values():
        return
    for name, peak in peaks.items():
        print(f"  {name:36} adds at most {peak / 2**20:9.1f} MiB")
    others = [peaks[name] for name in known_peers(peaks) if "loop" not in name]
    if others:
        met = peaks["cuba + backward"] < min(others)
        print(f"  cuba below every peer: {'met' if met else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 100])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["ours", "rivals"])
    # The compiler unrolls the loop over time, which takes minutes.
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--what", nargs="+", default=["times", "memory"])
    options = parser.parse_args()
    keep_freed_memory()
    if options.fresh:
        core.set_kept_memory(0)
    for threads in options.threads:
        torch.set_num_threads(threads)
        core.set_num_threads(threads)
        for steps in options.steps:
            print(f"N={options.batch} C={CHANNELS} T={steps}, {threads} threads")
            shape = options.batch, CHANNELS, steps
            x, y, grad = (0.3 * torch.randn(shape) for _ in range(3))
            found = own(x, y, grad)
            if options.only == "rivals":
                compared = ("floor", "cuba", "delay")
                found = {n: run for n, run in found.items() if n.split()[0] in compared}
            if options.only != "ours":
                found |= rivals(x, grad, options.compile)
            if "times" in options.what:
                report(best_and_median(seconds(found, options.rounds)), steps)
            if "memory" in options.what and steps >= 1000:
                report_memory(found)


if __name__ == "__main__":
    main()
