"""A PyTorch network becomes a spiking one of the same weights and outputs."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from lava.lib.dl import bootstrap, spec
from lava.lib.dl.bootstrap import Mode, convert


def plain(padding=1):
    size = 4 if padding else 3
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=padding),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Sequential(nn.Flatten(), nn.Linear(8 * size * size, 32), nn.Dropout(0.1)),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(64, 16), nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.first(torch.flatten(x, 1)))
        return self.second(x)


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    return torch.tensor(images / 16).float().reshape(-1, 1, 8, 8), torch.tensor(labels)


def train(net, x, y, epochs=8):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    for _ in range(epochs):
        for batch in torch.randperm(1200).split(64):
            loss = nn.functional.cross_entropy(net(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def trained_from(seed, digits):
    torch.manual_seed(seed)
    np.random.seed(seed)
    net = train(plain(), *digits)
    return net, convert(net, digits[0][:256]).eval()


@pytest.fixture(scope="module")
def trained(digits):
    return trained_from(0, digits)


def accuracy(output, y):
    return (output.argmax(dim=1) == y).float().mean().item()


def lost(seed, digits):
    """Accuracies of the plain network, less those of its spikes and of its fits."""
    net, spiking = trained_from(seed, digits)
    x, y = digits[0][1200:], digits[1][1200:]
    with torch.no_grad():
        want = accuracy(net(x), y)
        modes = (Mode.SNN, Mode.ANN)
        return [want, *(want - accuracy(spiking(x, mode), y) for mode in modes)]


def test_spikes_and_fits_give_the_accuracy_within_a_percent(digits):
    """On the mean of four networks: one sample is 0.17 % of a single one."""
    want, of_spikes, of_fits = np.mean([lost(seed, digits) for seed in range(4)], 0)
    assert want > 0.9
    assert of_spikes < 0.01
    assert of_fits < 0.01


def test_more_steps_come_closer_to_the_outputs(trained, digits):
    net, spiking = trained
    x, longer = digits[0][1200:], copy.deepcopy(spiking)
    longer.steps = 128
    with torch.no_grad():
        want = net(x)
        errors = [(run(x) - want).abs().mean() for run in (spiking, longer)]
    assert errors[1] < errors[0]
    assert errors[1] < 0.1 * want.abs().max()


def test_weights_are_carried_over_with_the_batch_norm_folded_in(trained):
    net, spiking = trained
    norm = net[1]
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    want = net[0].weight * factor[:, None, None, None]
    torch.testing.assert_close(spiking.blocks[1].synapse.weight[..., 0], want)
    assert all(parameter.grad is None for parameter in spiking.parameters())


def test_every_weight_and_bias_is_tuned_further(trained, digits):
    spiking = copy.deepcopy(trained[1])
    for mode in (Mode.ANN, Mode.SNN):
        spiking.zero_grad()
        loss = nn.functional.cross_entropy(spiking(digits[0][:8], mode), digits[1][:8])
        loss.backward()
        learnt = {k: p for k, p in spiking.named_parameters() if p.requires_grad}
        ends = (".weight", ".offset")
        learnt = {k: p for k, p in learnt.items() if k.endswith(ends)}
        assert sum(p.grad is not None and p.grad.any() for p in learnt.values()) == 6


def test_it_exports_and_pickles(trained, tmp_path):
    spiking = trained[1]
    spiking.export_hdf5(tmp_path / "n.net")
    assert spec.validate(tmp_path / "n.net") == []
    kinds = [layer.type for layer in spec.read(tmp_path / "n.net")]
    assert kinds == ["input", "conv", "pool", "flatten", "dense", "dense"]
    twin = pickle.loads(pickle.dumps(spiking))
    x = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(twin(x), spiking(x))


def test_data_may_be_negative_where_nothing_is_padded(digits):
    torch.manual_seed(0)
    x = 2 * digits[0] - 1
    net = train(plain(padding=0), x, digits[1])
    spiking = convert(net, x[:256], steps=32).eval()
    y = digits[1][1200:]
    with torch.no_grad():
        want = accuracy(net(x[1200:]), y)
        assert accuracy(spiking(x[1200:]), y) >= want - 0.03
    with pytest.raises(ValueError, match="pads"):
        convert(plain(), x[:8])


def test_functions_count_as_the_layers_they_are(digits):
    torch.manual_seed(0)
    spiking = convert(Functional(), digits[0][:64])
    names = [type(block).__name__ for block in spiking.blocks]
    assert names == ["GradedInput", "Flatten", "Dense", "Output"]


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return x + self.layer(x)


LINEAR = nn.Linear(4, 4)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (Residual(), "in a row"),
        (nn.Sequential(LINEAR, nn.Tanh()), "Tanh"),
        (nn.Sequential(LINEAR, LINEAR), "no ReLU"),
        (nn.Sequential(LINEAR, nn.ReLU(), nn.BatchNorm1d(4)), "must follow"),
        (nn.Sequential(nn.ReLU()), "must follow"),
        (nn.Sequential(nn.Flatten()), "no Linear"),
    ],
)
def test_what_has_no_counterpart_is_named(net, message):
    with pytest.raises(ValueError, match=message):
        convert(net, torch.rand(8, 4))


def test_silent_layers_and_bad_data_are_named():
    silent = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    silent[0].bias.data.fill_(-100)
    with pytest.raises(ValueError, match="silent"):
        convert(silent, torch.rand(8, 4))
    for data in (torch.zeros(8, 4), torch.zeros(8, 4).long(), torch.full((2, 4), 1e4)):
        with pytest.raises(ValueError, match="data"):
            convert(LINEAR, data)


def test_pictures_show_every_layer_that_was_sampled(trained):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    bootstrap.plot(trained[1].blocks)
    titles = [axis.get_title() for axis in plt.gcf().axes]
    assert titles == ["1: Conv", "4: Dense"]
    assert all(len(axis.lines) == 3 for axis in plt.gcf().axes)
    plt.close("all")
    with pytest.raises(ValueError, match="SAMPLE"):
        bootstrap.plot([])
