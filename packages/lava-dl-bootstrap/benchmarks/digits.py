"""Digits end to end: ReLU ANN, bootstrap ANN and SNN, and the exported file."""

import importlib.util
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from lava.lib.dl import bootstrap

STEPS = 16
EPOCHS = 30
BATCH = 256
SAMPLE_PERIOD = 4
LEARNING_RATE = 0.005
HIDDEN = 64
CHANNELS = 32
SEED = 0
SAMPLED = 3
ROUNDS = 4
PAIRS = 80
NEURON = {
    "threshold": 1.25,
    "current_decay": 1,
    "voltage_decay": 0.03,
    "tau_grad": 1,
    "scale_grad": 1,
}
# The data enter as they are, step by step.
SENDER = {**NEURON, "threshold": 0.05, "voltage_decay": 1, "graded_spike": True}
WEIGHTS = {"weight_norm": True, "weight_scale": 2}
cuba, Mode = bootstrap.block.cuba, bootstrap.Mode


def network():
    return bootstrap.Network(
        [
            cuba.Input(SENDER, weight=1, bias=0),
            cuba.Conv(NEURON, 1, CHANNELS, 3, padding=1, **WEIGHTS),
            cuba.Flatten(),
            cuba.Dense(NEURON, 64 * CHANNELS, HIDDEN, **WEIGHTS),
            cuba.Affine(NEURON, HIDDEN, 10, dynamics=False, **WEIGHTS),
        ],
        STEPS,
    )


def plain():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, CHANNELS, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(64 * CHANNELS, HIDDEN),
        torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, 10),
    )


def data():
    images, labels = load_digits(return_X_y=True)
    images = (images.astype(np.float32) / 8).reshape(-1, 1, 8, 8)
    split = train_test_split(
        images, labels, test_size=0.25, random_state=SEED, stratify=labels
    )
    return tuple(map(torch.from_numpy, split))


def step(run, optimizer, x, y, *mode):
    """Seconds of one step: forward, backward and the optimizer's."""
    begun = time.perf_counter()
    loss = torch.nn.functional.cross_entropy(run(x, *mode), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return time.perf_counter() - begun


def epoch(run, optimizer, x, y, modes):
    """Seconds of one epoch; ``modes`` gives each batch's second argument."""
    begun = time.perf_counter()
    for iteration, batch in enumerate(torch.randperm(len(x)).split(BATCH)):
        step(run, optimizer, x[batch], y[batch], *modes(iteration))
    return time.perf_counter() - begun


def accuracy(output, y):
    return (torch.as_tensor(output).argmax(dim=1) == y).float().mean().item()


def train_plain(x, y):
    torch.manual_seed(SEED)
    net = plain()
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    for _ in range(EPOCHS):
        epoch(net, optimizer, x, y, lambda _: ())
    return net


def train_bootstrap(x, y, epochs=EPOCHS):
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    scheduler = bootstrap.routine.Scheduler(SAMPLED, SAMPLE_PERIOD)
    for number in range(epochs):
        epoch(net, optimizer, x, y, lambda i, n=number: (scheduler.mode(n, i),))
        decay.step()
    return net, optimizer


def run_file(net, x):
    """Outputs of the exported file in the native runtime, None without netx."""
    if importlib.util.find_spec("lava.lib.dl.netx") is None:
        return None
    from lava.lib.dl import netx

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.net"
        net.export_hdf5(path)
        steps = np.repeat(x.numpy()[..., None], STEPS, axis=-1)
        return netx.load(path)(steps, layout="chw")


def report_file(net, x, y):
    outputs = run_file(net, x)
    if outputs is None:
        print("file in netx             not installed")
        return
    x = x.unsqueeze(-1).expand(*x.shape, STEPS)
    for block in net.blocks:
        x = block(x, mode=Mode.SNN)
    same = (outputs == x.numpy()).all(axis=(1, 2)).mean()
    mean = outputs.mean(axis=-1)
    print(f"file in netx             {accuracy(mean, y):.4f}  equal samples {same:.4f}")


def report_epochs(net, optimizer, x, y):
    """Time of an epoch in ANN and SNN mode, taking turns."""
    seconds = {Mode.ANN: [], Mode.SNN: []}
    for _ in range(ROUNDS):
        for mode in seconds:
            arguments = (net, optimizer, x, y, lambda _, m=mode: (m,))
            epoch(*arguments)  # once, since memory of other modes is given back in it
            seconds[mode].append(epoch(*arguments))
    ann, snn = (float(np.median(seconds[mode])) for mode in seconds)
    print(f"epoch, ANN               {ann * 1e3:.0f} ms")
    print(f"epoch, SNN over ANN      {snn / ann:.1f}")


def report_sampling(net, optimizer, x, y):
    """What statistics add to a spiking step, pairs of steps taking turns."""
    modes = [Mode.SNN, Mode.SAMPLE]
    seconds = {mode: [] for mode in modes}
    for _ in range(PAIRS):
        for mode in modes:
            taken = step(net, optimizer, x[:BATCH], y[:BATCH], mode)
            seconds[mode].append(taken)
        for block in net.blocks:
            block.f.clear()
        modes.reverse()
    extra = np.divide(seconds[Mode.SAMPLE], seconds[Mode.SNN]) - 1
    # Ranks between which the true median lies in 95 % of all runs.
    ranks = 0.5 + 0.98 / np.sqrt(PAIRS) * np.array([-1, 0, 1])
    low, middle, high = np.quantile(extra, ranks)
    print(f"cost of sampling         {middle:+.1%}  ({low:+.1%} to {high:+.1%})")


def main():
    train_x, test_x, train_y, test_y = data()
    reference = accuracy(train_plain(train_x, train_y)(test_x), test_y)
    net, optimizer = train_bootstrap(train_x, train_y)
    net.eval()
    with torch.no_grad():
        ann = accuracy(net(test_x, Mode.ANN), test_y)
        snn = accuracy(net(test_x, Mode.SNN), test_y)
        print(f"ReLU ANN                 {reference:.4f}")
        print(f"bootstrap, ANN           {ann:.4f}")
        print(f"bootstrap, SNN {STEPS} steps  {snn:.4f}  gap {reference - snn:+.4f}")
        report_file(net, test_x, test_y)
    net.train()
    report_epochs(net, optimizer, train_x, train_y)
    report_sampling(net, optimizer, train_x, train_y)


if __name__ == "__main__":
    main()
