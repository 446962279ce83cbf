"""The network that shows every family: trained, exported, checked, loaded again."""

import h5py
import pytest
import torch
import torch.nn.functional as F

from lava.lib.dl import slayer, spec

SDNN = {"threshold": 0.1, "activation": F.relu}
RF_IZ = {"threshold": 0.1, "period": 10, "decay": 0.1}
CUBA = {"threshold": 0.5, "current_decay": 0.5, "voltage_decay": 0.25}
ALIF = {**CUBA, "threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}


class Network(torch.nn.Module):
    """Layers of five families one after the other."""

    def __init__(self):
        super().__init__()
        block = slayer.block
        self.blocks = torch.nn.ModuleList(
            [
                block.sigma_delta.Input(SDNN),
                block.sigma_delta.Conv(SDNN, 2, 4, 3, weight_scale=2, stride=2),
                block.sigma_delta.Conv(SDNN, 4, 4, 3, weight_scale=2),
                block.rf_iz.Conv(RF_IZ, 4, 6, 3, weight_scale=4, delay=True),
                block.rf_iz.Flatten(),
                block.alif.Dense(ALIF, 54, 20, weight_scale=4, delay=True),
                block.cuba.Recurrent(CUBA, 20, 16, weight_scale=4),
                block.cuba.KWTA(CUBA, 16, 5, num_winners=2, weight_scale=4),
            ]
        )

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def export_hdf5(self, path):
        with h5py.File(path, "w") as file:
            layers = file.create_group("layer")
            for index, block in enumerate(self.blocks):
                block.export_hdf5(layers.create_group(f"{index}"))


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(1)
    net = Network()
    x = torch.rand(2, 2, 15, 15, 20)
    label = torch.tensor([0, 3])
    error = slayer.loss.SpikeRate(0.4, 0.05, reduction="sum")
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(4):
        loss = error(net(x), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return net.eval(), x, losses


def test_every_layer_learns(trained):
    net, _, losses = trained
    assert all(torch.isfinite(torch.tensor(losses)))
    for block in net.blocks:
        for name, parameter in block.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, name
                assert parameter.grad.isfinite().all(), name


def test_file_is_valid_and_holds_every_layer(trained, tmp_path):
    net, _, _ = trained
    net.export_hdf5(tmp_path / "network.net")
    assert spec.validate(tmp_path / "network.net") == []
    found = [layer.type for layer in spec.read(tmp_path / "network.net")]
    assert found == [
        "input", "conv", "conv", "conv", "flatten", "dense", "dense_rec", "kwta",
    ]  # fmt: skip


def test_network_from_the_file_computes_the_same(trained, tmp_path):
    net, x, _ = trained
    net.export_hdf5(tmp_path / "network.net")
    again = slayer.auto.SequentialNetwork(tmp_path / "network.net").eval()
    with torch.no_grad():
        wanted = net(x)
        assert wanted.any()
        assert torch.equal(again(x), wanted)


def test_report_describes_every_layer(trained):
    net, _, _ = trained
    lines = slayer.utils.export_report(net.blocks).splitlines()
    assert slayer.utils.export_report(net).splitlines() == lines
    inside = torch.nn.Sequential(torch.nn.Sequential(*net.blocks), torch.nn.Identity())
    assert slayer.utils.export_report(inside).splitlines() == lines
    assert lines[0].split() == [
        "layer",
        "neurons",
        "weights",
        "bits",
        "clipped",
        "delays",
    ]
    assert [line.split()[0] for line in lines[1:]][-1] == "kwta"
    assert len(lines) == 9
