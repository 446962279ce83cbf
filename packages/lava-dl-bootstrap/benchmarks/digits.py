"""Digits end to end: ReLU ANN, bootstrap ANN and SNN, and the exported file."""

import importlib.util
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from lava.lib.dl import bootstrap, slayer

STEPS = 16
EPOCHS = 61
BATCH = 256
SAMPLE_PERIOD = 2
LEARNING_RATE = 0.005
HIDDEN = 64
CHANNELS = 32
SEED = 0
SAMPLED = 5
NEURON = {
    "threshold": 1.25,
    "current_decay": 1,
    "voltage_decay": 0.03,
    "tau_grad": 1,
    "scale_grad": 1,
}
WEIGHTS = {"weight_norm": True, "weight_scale": 2}
cuba, Mode = bootstrap.block.cuba, bootstrap.Mode


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList(
            [
                cuba.Input(NEURON, weight=1, bias=0),
                cuba.Conv(NEURON, 1, CHANNELS, 3, padding=1, **WEIGHTS),
                cuba.Flatten(),
                cuba.Dense(NEURON, 64 * CHANNELS, HIDDEN, **WEIGHTS),
                cuba.Affine(NEURON, HIDDEN, 10, dynamics=False, **WEIGHTS),
            ]
        )

    def forward(self, x, mode):
        steps = 1 if mode.base_mode is Mode.ANN else STEPS
        x = slayer.utils.time.replicate(x, steps)
        for block, block_mode in zip(self.blocks, mode, strict=False):
            x = block(x, mode=block_mode)
        return x.mean(dim=-1)


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


def epoch(run, optimizer, x, y, modes):
    """Seconds of one epoch; ``modes`` gives each batch's second argument."""
    begun = time.perf_counter()
    for iteration, batch in enumerate(torch.randperm(len(x)).split(BATCH)):
        output = run(x[batch], *modes(iteration))
        loss = torch.nn.functional.cross_entropy(output, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
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
    net = Network()
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    scheduler = bootstrap.routine.Scheduler(SAMPLED, SAMPLE_PERIOD)
    for number in range(epochs):
        epoch(net, optimizer, x, y, lambda i, n=number: (scheduler.mode(n, i),))
        decay.step()
    return net, optimizer


def export(net, path):
    with h5py.File(path, "w") as file:
        for index, block in enumerate(net.blocks):
            block.export_hdf5(file.create_group(f"layer/{index}"))


def run_file(net, x):
    """Outputs of the exported file in the native runtime, None without netx."""
    if importlib.util.find_spec("lava.lib.dl.netx") is None:
        return None
    from lava.lib.dl import netx

    if not hasattr(netx, "load"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.net"
        export(net, path)
        hook = net.blocks[0].pre_hook_fx
        whole = hook(x).numpy()
        steps = np.repeat(whole[..., None], STEPS, axis=-1)
        net = netx.load(path)
        return np.stack([run_sample(net, sample) for sample in steps])


def run_sample(net, sample):
    net.reset()
    return net.run(sample, layout="chw")


def main():
    train_x, test_x, train_y, test_y = data()
    reference = accuracy(train_plain(train_x, train_y)(test_x), test_y)
    net, optimizer = train_bootstrap(train_x, train_y)
    net.eval()
    as_mode = {m: bootstrap.routine.LayerMode(0, m) for m in Mode}
    with torch.no_grad():
        ann = accuracy(net(test_x, as_mode[Mode.ANN]), test_y)
        spiking = net(test_x, as_mode[Mode.SNN])
    snn = accuracy(spiking, test_y)
    print(f"ReLU ANN                 {reference:.4f}")
    print(f"bootstrap, ANN           {ann:.4f}")
    print(f"bootstrap, SNN {STEPS} steps  {snn:.4f}  gap {reference - snn:+.4f}")
    try:
        outputs = run_file(net, test_x)
    except Exception as problem:
        print(f"file in netx: not run ({problem!r})")
    else:
        report_file(outputs, spiking, test_y)
    net.train()
    seconds = {
        m: min(
            epoch(net, optimizer, train_x, train_y, lambda _, m=m: (as_mode[m],))
            for _ in range(3)
        )
        for m in (Mode.ANN, Mode.SNN, Mode.SAMPLE)
    }
    ratio = seconds[Mode.SNN] / seconds[Mode.ANN]
    extra = seconds[Mode.SAMPLE] / seconds[Mode.SNN] - 1
    print(f"epoch, SNN over ANN      {ratio:.1f}")
    print(f"cost of sampling         {extra:+.1%}")


def report_file(outputs, spiking, y):
    if outputs is None:
        print("file in netx             not installed")
        return

    mean = np.asarray(outputs).reshape(len(y), 10, STEPS).mean(-1)
    same = (np.abs(mean - spiking.numpy()) < 1e-5).all(axis=1).mean()
    print(f"file in netx             {accuracy(mean, y):.4f}  equal samples {same:.4f}")


if __name__ == "__main__":
    main()
