"""Scripts as users of lava-dl 0.6 write them run unchanged, made small.

The settings are those of its tutorials: spike train regression, XOR, N-MNIST, PilotNet.
"""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import lava.lib.dl.slayer as slayer
from lava.lib.dl import spec


def write(net, filename):
    with h5py.File(filename, "w") as file:
        layer = file.create_group("layer")
        for i, block in enumerate(net.blocks):
            block.export_hdf5(layer.create_group(f"{i}"))


class Painter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        params = {
            "threshold": 0.1,
            "current_decay": 1,
            "voltage_decay": 0.1,
            "requires_grad": True,
        }
        self.blocks = torch.nn.ModuleList(
            [
                slayer.block.cuba.Dense(params, 200, 256),
                slayer.block.cuba.Dense(params, 256, 200),
            ]
        )

    def forward(self, spike):
        for block in self.blocks:
            spike = block(spike)
        return spike


def test_oxford_begins_as_its_reference_run(reference):
    """Loss and number of events of the first epochs with seed 0."""
    torch.manual_seed(0)
    noise = slayer.io.read_1d_spikes(reference("oxford/input.bs1"))
    target = slayer.io.read_1d_spikes(reference("oxford/output.bs1"))
    target.t = target.t.astype(int)
    x, desired = (
        event.fill_tensor(torch.zeros(1, 1, 200, 2000)).squeeze()[None]
        for event in (noise, target)
    )
    assert (int(x.sum()), int(desired.sum())) == (1881, 10361)
    net = Painter()
    error = slayer.loss.SpikeTime(time_constant=2, length=100, filter_order=2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001, weight_decay=1e-5)
    stats = slayer.utils.LearningStats()
    assistant = slayer.utils.Assistant(net, error, optimizer, stats)
    events = []
    for _ in range(11):
        events.append(int(assistant.train(x, desired).sum()))
        stats.update()
    losses = stats.training.loss_log
    assert events[0] == 32012
    assert losses[0] == pytest.approx(335717, rel=1e-5)
    assert losses[10] == pytest.approx(86790, rel=0.02)


class Xor(torch.nn.Module):
    def __init__(self):
        super().__init__()
        params = {
            "threshold": 0.1,
            "current_decay": 0.9,
            "voltage_decay": 0.9,
            "tau_grad": 1,
            "scale_grad": 1,
            "scale": 1 << 6,
        }
        cuba = slayer.block.cuba
        self.blocks = torch.nn.ModuleList(
            [
                cuba.Input(params),
                cuba.Dense(params, 2, 32),
                cuba.Dense(params, 32, 32),
                cuba.Affine(params, 32, 1, dynamics=False),
            ]
        )

    def forward(self, x):
        count = []
        for block in self.blocks:
            x = block(x)
            count.append(torch.mean((torch.abs(x) > 0).to(x.dtype)).item())
        return x, torch.FloatTensor(count).reshape((1, -1)).to(x.device)


def test_xor_is_learnt_in_steps_of_the_assistant(tmp_path):
    torch.manual_seed(666)
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    x, y = (slayer.utils.time.replicate(each, 10) for each in (x, y))
    net = Xor()
    stats = slayer.utils.LearningStats(accuracy_str="acc")
    assistant = slayer.utils.Assistant(
        net,
        lambda output, target: F.mse_loss(output[..., -1], target[..., -1]),
        torch.optim.AdamW(net.parameters(), lr=1e-3),
        stats=stats,
        count_log=True,
    )
    for _ in range(250):
        output, count = assistant.train(x, y)
        right = torch.round(output[..., -1]).abs() == y[..., -1]
        stats.training.correct_samples = right.sum().item()
        stats.update()
    assert count.shape == (1, 4)
    assert stats.training.accuracy_log[-1] == 1
    assert stats.training.min_loss < 0.05
    assert "acc = " in str(stats.training) or not str(stats.training)
    write(net, tmp_path / "xor.net")
    assert spec.validate(tmp_path / "xor.net") == []


class Nmnist(torch.nn.Module):
    def __init__(self):
        super().__init__()
        params = {
            "threshold": 1.25,
            "current_decay": 0.25,
            "voltage_decay": 0.03,
            "tau_grad": 0.03,
            "scale_grad": 3,
            "requires_grad": True,
        }
        hidden = {**params, "dropout": slayer.neuron.Dropout(p=0.05)}
        dense = slayer.block.cuba.Dense
        self.blocks = torch.nn.ModuleList(
            [
                dense(hidden, 50, 40, weight_norm=True, delay=True),
                dense(hidden, 40, 40, weight_norm=True, delay=True),
                dense(params, 40, 4, weight_norm=True),
            ]
        )

    def forward(self, spike):
        for block in self.blocks:
            spike = block(spike)
        return spike

    def grad_flow(self, path):
        return [b.synapse.grad_norm for b in self.blocks if hasattr(b, "synapse")]


class Recordings(torch.utils.data.Dataset):
    """Events in files, read as the tutorial reads them: each class fires elsewhere."""

    def __init__(self, folder, count=24):
        rng = np.random.default_rng(0)
        self.samples = []
        for i in range(count):
            path, label = Path(folder) / f"{i}.bin", i % 4
            x, y = rng.integers(0, 5, (2, 150))
            event = slayer.io.Event(x, y % 2 + label % 3, x % 2, rng.random(150) * 60)
            slayer.io.encode_2d_spikes(path, event)
            self.samples.append((path, label))

    def __getitem__(self, i):
        path, label = self.samples[i]
        event = slayer.io.read_2d_spikes(path)
        spike = event.fill_tensor(torch.zeros(2, 5, 5, 60), sampling_time=1)
        return spike.reshape(-1, 60), label

    def __len__(self):
        return len(self.samples)


def test_nmnist_trains_prints_plots_saves_and_exports(tmp_path, capsys):
    torch.manual_seed(1)
    net = Nmnist()
    error = slayer.loss.SpikeRate(true_rate=0.2, false_rate=0.03, reduction="sum")
    stats = slayer.utils.LearningStats()
    assistant = slayer.utils.Assistant(
        net,
        error,
        torch.optim.Adam(net.parameters(), lr=0.01),
        stats,
        classifier=slayer.classifier.Rate.predict,
    )
    loader = torch.utils.data.DataLoader(Recordings(tmp_path), batch_size=8)
    for epoch in range(3):
        for i, (x, label) in enumerate(loader):
            assistant.train(x, label)
            stats.print(epoch, iter=i, dataloader=loader)
        for x, label in loader:
            assistant.test(x, label)
        if stats.testing.best_accuracy:
            torch.save(net.state_dict(), tmp_path / "network.pt")
        stats.update()
        stats.save(f"{tmp_path}/")
    assert "Epoch    2" in capsys.readouterr().out
    assert stats.training.loss_log[-1] < stats.training.loss_log[0]
    assert all(norm > 0 for norm in net.grad_flow(tmp_path))
    net.load_state_dict(torch.load(tmp_path / "network.pt"))
    write(net, tmp_path / "network.net")
    assert [layer.delay is not None for layer in spec.read(tmp_path / "network.net")] \
        == [True, True, False]  # fmt: skip
    output = assistant.test(*next(iter(loader)))
    event = slayer.io.tensor_to_event(output[0].reshape(1, 4, -1).cpu().numpy())
    assert event.to_tensor(dim=(1, 4, 60)).sum() == output[0].sum()


def event_rate_loss(x, max_rate=0.01):
    return F.mse_loss(F.relu(torch.mean(torch.abs(x)) - max_rate), torch.zeros(()))


class PilotNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        params = {
            "threshold": 0.1,
            "tau_grad": 0.5,
            "scale_grad": 1,
            "requires_grad": True,
            "shared_param": True,
            "activation": F.relu,
        }
        conv = {**params, "norm": slayer.neuron.norm.MeanOnlyBatchNorm}
        dense = {**params, "dropout": slayer.neuron.Dropout(p=0.2)}
        block = slayer.block.sigma_delta
        more = {"weight_scale": 2, "weight_norm": True}
        self.blocks = torch.nn.ModuleList(
            [
                block.Input(params),
                block.Conv(conv, 3, 8, 3, padding=0, stride=2, **more),
                block.Conv(conv, 8, 8, 3, padding=(1, 0), stride=(2, 1), **more),
                block.Flatten(),
                block.Dense(dense, 8 * 4 * 13, 10, **more),
                block.Output(dense, 10, 1, **more),
            ]
        )

    def forward(self, x):
        count, loss = [], 0
        for block in self.blocks:
            x = block(x)
            if hasattr(block, "neuron") and not isinstance(
                block, slayer.block.sigma_delta.Output
            ):
                loss = loss + event_rate_loss(x)
                count.append(torch.sum(torch.abs(x[..., 1:]) > 0).to(x.dtype).item())
        return x, loss, torch.FloatTensor(count).reshape((1, -1)).to(x.device)


def test_pilotnet_trains_with_its_own_loss_and_exports(tmp_path):
    torch.manual_seed(4205)
    net = PilotNet()
    optimizer = torch.optim.RAdam(net.parameters(), lr=0.01, weight_decay=1e-5)
    stats = slayer.utils.LearningStats()
    assistant = slayer.utils.Assistant(
        net=net,
        error=lambda output, target: F.mse_loss(output.flatten(), target.flatten()),
        optimizer=optimizer,
        stats=stats,
        count_log=True,
        lam=0.01,
    )
    x, angle = torch.rand(2, 3, 15, 31, 16) * 2 - 1, torch.full((2, 16), 0.3)
    for _ in range(25):
        _, count = assistant.train(x, angle)
        stats.update()
    assistant.reduce_lr()
    assert count.shape == (1, 4)  # Input, two convolutions, one dense layer.
    losses = stats.training.loss_log
    assert max(losses[-5:]) < 0.8 * losses[0]
    write(net, tmp_path / "network.net")
    assert spec.validate(tmp_path / "network.net") == []
    assert h5py.File(tmp_path / "network.net")["layer/5/neuron/sigma_output"][()]
