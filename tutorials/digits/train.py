"""Trains a CUBA network on handwritten digits and writes ``digits.net``.

Hyper-parameters on top, then data, network, training and export, as a user writes it.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import lava.lib.dl.slayer as slayer

STEPS = 24  # time steps a sample is shown for
HIDDEN = 128
EPOCHS = 60
BATCH = 64
LEARNING_RATE = 0.003
SEED = 7
NEURON = {
    "threshold": 1.25,
    "current_decay": 0.25,
    "voltage_decay": 0.03,
    "tau_grad": 0.1,
    "scale_grad": 3,
}


def to_events(images, steps):
    """Brightness 0..16 becomes a rate of evenly spaced spikes ``[N, 1, 8, 8, T]``."""
    phase = np.arange(steps + 1) * images[:, None, :, :, None] / 32
    return np.diff(np.floor(phase), axis=-1).astype(np.float32)


class Digits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        cuba = slayer.block.cuba
        self.blocks = torch.nn.ModuleList(
            [
                cuba.Flatten(),
                cuba.Dense(NEURON, 64, HIDDEN, weight_norm=True, delay=True),
                cuba.Dense(NEURON, HIDDEN, 10, weight_norm=True),
            ]
        )

    def forward(self, spike):
        for block in self.blocks:
            spike = block(spike)
        return spike


def load_data():
    images, labels = load_digits(return_X_y=True)
    spikes = to_events(images.reshape(-1, 8, 8), STEPS)
    split = train_test_split(
        spikes, labels, test_size=0.2, random_state=SEED, stratify=labels
    )
    return [torch.from_numpy(part) for part in split]


def train(net, spikes, labels):
    error = slayer.loss.SpikeRate(true_rate=0.3, false_rate=0.03)
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    stats = slayer.utils.LearningStats()
    assistant = slayer.utils.Assistant(
        net, error, optimizer, stats, classifier=slayer.classifier.Rate.predict
    )
    progress = tqdm(range(EPOCHS), desc="training", unit="epoch")
    for _ in progress:
        for batch in torch.randperm(len(spikes)).split(BATCH):
            assistant.train(spikes[batch], labels[batch])
        stats.update()
        progress.set_postfix(accuracy=f"{stats.training.accuracy_log[-1]:.4f}")
    return stats


def main(out):
    torch.manual_seed(SEED)
    train_spikes, test_spikes, train_labels, test_labels = load_data()
    net = Digits()
    train(net, train_spikes, train_labels)

    net.eval()
    with torch.no_grad():
        net(test_spikes[:1])  # once, so that the time below is a warm one
        begun = time.perf_counter()
        hidden = net.blocks[1](net.blocks[0](test_spikes))
        output = net.blocks[2](hidden)
        elapsed = time.perf_counter() - begun
    accuracy = (slayer.classifier.Rate.predict(output) == test_labels).float().mean()

    torch.save(net.state_dict(), out / "digits_mlp.pt")  # as slayer.models has it
    slayer.io.export(net, out / "digits.net")
    np.savez_compressed(
        out / "digits.npz",
        input=test_spikes.numpy().astype(np.uint8),
        hidden=hidden.numpy().astype(np.uint8),
        output=output.numpy().astype(np.uint8),
        label=test_labels.numpy(),
    )
    figures = {
        "accuracy": accuracy.item(),
        "microseconds": elapsed / len(test_spikes) * 1e6,
    }
    (out / "training.json").write_text(json.dumps(figures))
    if accuracy < 0.95:
        sys.exit(f"the network reached {accuracy:.1%} on held-out digits, not 95 %")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
