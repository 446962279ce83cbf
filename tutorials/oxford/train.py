"""Trains a network to draw: noise comes in, a picture goes out as a spike raster.

``python train.py --data FOLDER`` reads the event files ``input.bs1`` and ``output.bs1``
of lava-dl's Oxford tutorial; without the folder it generates such a pair. Every hundred
epochs it saves a checkpoint, from which it goes on if started again, and a picture of
the loss and the rasters.
"""

import argparse
import os
import time
from pathlib import Path

import matplotlib
import numpy as np
import torch

from lava.lib.dl import slayer, spec

matplotlib.use("Agg")
import matplotlib.pyplot as plt

NEURONS, HIDDEN, STEPS = 200, 256, 2000
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 1e-5
LOGGED = 100
NEURON = {
    "threshold": 0.1,
    "current_decay": 1,
    "voltage_decay": 0.1,
    "requires_grad": True,
}


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    noise, target = recorded(options.data) if options.data else generated()
    net = torch.nn.Sequential(
        slayer.block.cuba.Dense(NEURON, NEURONS, HIDDEN),
        slayer.block.cuba.Dense(NEURON, HIDDEN, NEURONS),
    )
    train(net, noise, target, options)
    layers = [block.to_spec() for block in net]
    spec.write(spec.Network(layers), options.out / "oxford.net")


def arguments():
    found = Path(os.environ.get("LAVA_DL_REFERENCE", "")) / "oxford"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=found if found.is_dir() else None)
    parser.add_argument("--epochs", type=int, default=5000)
    parser.add_argument("--out", type=Path, default=Path("out/oxford"))
    return parser.parse_args()


def recorded(folder):
    """Input and target, each (1, neurons, steps), of two event files."""
    noise = slayer.io.read_1d_spikes(folder / "input.bs1")
    target = slayer.io.read_1d_spikes(folder / "output.bs1")
    target.t = target.t.astype(int)
    return raster(noise), raster(target)


def raster(event):
    return event.fill_tensor(torch.zeros(1, 1, NEURONS, STEPS)).reshape(1, NEURONS, -1)


def generated():
    """Noise at 5 spikes a neuron and second, and a word thinned to spikes."""
    rng = np.random.default_rng(0)
    figure = plt.figure(figsize=(STEPS / 100, NEURONS / 100), dpi=100)
    figure.text(0.5, 0.5, "slayer", fontsize=130, ha="center", va="center")
    figure.canvas.draw()
    ink = np.asarray(figure.canvas.buffer_rgba())[::-1, :, 0] < 128
    plt.close(figure)
    target = ink & (rng.random(ink.shape) < 0.1)
    noise = rng.random((NEURONS, STEPS)) < 0.005
    return tuple(torch.from_numpy(x[None]).float() for x in (noise, target))


def train(net, noise, target, options):
    error = slayer.loss.SpikeTime(time_constant=2, filter_order=2)
    optimizer = torch.optim.Adam(
        net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    stats = slayer.utils.LearningStats()
    assistant = slayer.utils.Assistant(net, error, optimizer, stats)
    checkpoint = options.out / "checkpoint.pt"
    first = assistant.load(checkpoint)["epochs"] if checkpoint.exists() else 0
    begun = time.perf_counter()
    for epoch in range(first, options.epochs):
        output = assistant.train(noise, target)
        stats.update()
        if epoch % LOGGED == 0 or epoch + 1 == options.epochs:
            speed = (epoch + 1 - first) / (time.perf_counter() - begun)
            loss, events = stats.training.loss_log[-1], int(output.sum())
            print(
                f"epoch {epoch:5}: loss {loss:9.0f}, {events:6} events of "
                f"{int(target.sum())}, {speed:.2f} epochs/s",
                flush=True,
            )
            assistant.save(checkpoint, epochs=epoch + 1)
            draw(stats.training.loss_log, target, output, options.out / "oxford.png")


def draw(losses, target, output, path):
    """Loss by epoch, the target, and the target under what the network puts out."""
    figure, axes = plt.subplots(3, figsize=(12, 14), layout="constrained")
    axes[0].semilogy(losses)
    axes[0].set(title="loss", xlabel="epoch")
    dots(axes[1], target, "target")
    dots(axes[2], output, f"output after {len(losses)} epochs")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def dots(axis, train, title):
    neuron, step = np.nonzero(train[0].detach().numpy())
    axis.plot(step, neuron, ".", ms=1.5)
    axis.set(title=title, xlim=(0, STEPS), ylim=(0, NEURONS), xlabel="time step")


if __name__ == "__main__":
    main()
