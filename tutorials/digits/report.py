"""Prints the figures of the digits demo and draws its picture."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def table(training, inference):
    rows = [
        ("", "training", "netx"),
        ("accuracy", f"{training['accuracy']:.4f}", f"{inference['accuracy']:.4f}"),
        ("events / sample", "", f"{inference['events']:.0f}"),
        ("synaptic operations / sample", "", f"{inference['synops']:.0f}"),
        (
            "microseconds / sample",
            f"{training['microseconds']:.1f}",
            f"{inference['microseconds']:.1f}",
        ),
        ("output spikes compared", "", f"{inference['compared']}"),
        ("spikes that differ", "", f"{inference['differ']}"),
    ]
    return "\n".join(f"{name:30}{left:>12}{right:>12}" for name, left, right in rows)


def raster(axis, spikes, title):
    neuron, step = np.nonzero(spikes)
    axis.plot(step, neuron, "|", markersize=4)
    axis.set(
        title=title, xlabel="time step", ylabel="neuron", xlim=(0, spikes.shape[1])
    )


def confusion(axis, predicted, label):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (label, predicted), 1)
    axis.imshow(counts, cmap="Blues")
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if row == column else "black"
        axis.text(column, row, counts[row, column], ha="center", va="center", c=colour)
    axis.set(title="held-out digits", xlabel="predicted", ylabel="true")
    axis.set(xticks=range(10), yticks=range(10))


def main(out):
    recorded = np.load(out / "digits.npz")
    print(
        table(
            json.loads((out / "training.json").read_text()),
            json.loads((out / "inference.json").read_text()),
        )
    )
    figure, axes = plt.subplots(2, 2, figsize=(11, 9), layout="constrained")
    raster(axes[0, 0], recorded["input"][0].reshape(64, -1), "input events")
    raster(axes[0, 1], recorded["hidden"][0], "hidden layer")
    raster(axes[1, 0], recorded["output"][0], f"output, a {recorded['label'][0]}")
    predicted = recorded["output"].sum(-1).argmax(1)
    confusion(axes[1, 1], predicted, recorded["label"])
    figure.savefig(out / "digits.png", dpi=110)
    print(f"picture: {out / 'digits.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
