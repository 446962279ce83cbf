"""Runs ``digits.net`` outside PyTorch and compares every spike with the trainer's."""

import importlib.util
import json
import sys
import time
from pathlib import Path

import numpy as np

from lava.lib.dl import netx, spec


def first_difference(name, ours, theirs):
    """Ends the program at the first spike that differs."""
    where = np.argwhere(ours != theirs)
    if len(where):
        sample, neuron, step = where[0]
        sys.exit(
            f"{name} differs first at sample {sample}, neuron {neuron}, step {step}: "
            f"netx {ours[tuple(where[0])]}, trainer {theirs[tuple(where[0])]}"
        )


def main(out):
    if importlib.util.find_spec("torch"):
        sys.exit("this is to show that netx needs no torch, but torch is installed")
    problems = spec.validate(out / "digits.net")
    if problems:
        sys.exit("\n".join(map(str, problems)))

    recorded = np.load(out / "digits.npz")
    spikes = recorded["input"].reshape(len(recorded["input"]), 64, -1)
    net = netx.load(out / "digits.net")
    print(net)
    net(spikes[:1])  # once, so that the time below is a warm one
    begun = time.perf_counter()
    output = net(spikes)
    elapsed = time.perf_counter() - begun
    first_difference("output", output, recorded["output"])

    profile = netx.profile(net, spikes)
    figures = {
        "accuracy": float((output.sum(-1).argmax(1) == recorded["label"]).mean()),
        "microseconds": elapsed / len(spikes) * 1e6,
        "events": sum(layer.events for layer in profile.layers) / len(spikes),
        "synops": sum(layer.synaptic_operations for layer in profile.layers)
        / len(spikes),
        "compared": int(output.size),
        "differ": int((output != recorded["output"]).sum()),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
    }
    (out / "inference.json").write_text(json.dumps(figures))
    told = "{compared} output spikes compared, {differ} differ ({python})"
    print(told.format(**figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
