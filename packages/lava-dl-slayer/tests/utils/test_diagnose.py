"""The diagnosis sees what is planted, and changes nothing."""

import pytest
import torch

from lava.lib.dl.slayer.utils.diagnose import diagnose


class Layer(torch.nn.Module):
    """Fires where its weight is positive: neuron 0 always, 1 on input, 2 never."""

    def __init__(self):
        super().__init__()
        self.neuron = torch.nn.Identity()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 0.5, -1.0]))
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        self.seen = self.seen + 1
        alive = torch.relu(self.weight)[:, None]
        return alive * torch.stack([torch.ones_like(x[:, 0]), x[:, 0], x[:, 0]], 1)


@pytest.fixture
def net():
    return torch.nn.Sequential(Layer(), Layer())


@pytest.fixture
def batch():
    x = torch.zeros(2, 3, 10)
    x[:, 0, :3] = 1
    return x


def test_rates_and_shares_are_those_of_the_events(net, batch):
    first, second = diagnose(net, batch).layers
    assert (first.name, first.kind, first.neurons) == ("0", "Layer", 3)
    assert first.event_rate == pytest.approx((1 + 0.3) / 3)
    assert first.silent == pytest.approx(1 / 3)
    assert first.saturated == pytest.approx(1 / 3)
    assert second.saturated == pytest.approx(2 / 3)


def test_gradient_norm_is_that_of_the_loss(net, batch):
    def loss(output):
        return output.square().sum()

    loss(net(batch)).backward()
    for layer, module in zip(diagnose(net, batch, loss).layers, net, strict=True):
        assert layer.gradient_norm == pytest.approx(module.weight.grad.norm().item())


def test_states_and_gradients_are_left_alone(net, batch):
    diagnose(net, batch)
    assert all(layer.seen == 0 and layer.weight.grad is None for layer in net)


def test_networks_without_neurons_report_their_leaves(batch):
    net = torch.nn.Sequential(torch.nn.Identity(), torch.nn.ReLU())
    layers = diagnose(net, batch).layers
    assert [layer.kind for layer in layers] == ["Identity", "ReLU"]
    assert all(layer.gradient_norm == 0 for layer in layers)


def test_it_prints_a_line_for_each_layer(net, batch):
    lines = str(diagnose(net, batch)).splitlines()
    assert len(lines) == 3
    assert "33.3%" in lines[1]


def test_nan_is_told_where_it_is(net, batch):
    assert diagnose(net, batch).input_is_finite
    with torch.no_grad():
        net[1].weight[1] = float("nan")
    first, second = diagnose(net, batch).layers
    assert first.not_finite == ("the gradient of weight",)
    assert {"output", "weight"} <= set(second.not_finite)
    batch[0, 0, 0] = float("nan")
    told = diagnose(net, batch)
    assert not told.input_is_finite
    assert "NaN or infinity in the input" in str(told)
    assert "NaN or infinity in 1 Layer: output, weight" in str(told)
