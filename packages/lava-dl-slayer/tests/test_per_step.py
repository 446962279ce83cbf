"""Layers of torch before our neurons, and read-outs without spikes."""

import pytest
import torch

from lava.lib.dl import slayer

PULSE = {"threshold": 1.0, "current_decay": 0.3, "voltage_decay": 0.1}


def draw(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (torch.nn.Linear(5, 7), (2, 5, 6)),
        (torch.nn.Conv1d(3, 4, 3), (2, 3, 8, 6)),
        (torch.nn.Conv2d(3, 4, 3, groups=1, padding=1), (2, 3, 8, 8, 6)),
        (torch.nn.Flatten(), (2, 3, 4, 4, 6)),
        (torch.nn.AvgPool2d(2), (2, 3, 4, 4, 6)),
    ],
)
def test_every_step_is_what_the_layer_gives(layer, shape):
    x = draw(*shape)
    wanted = torch.stack([layer(step) for step in x.unbind(-1)], dim=-1)
    torch.testing.assert_close(slayer.PerStep(layer)(x), wanted)


def test_a_batch_norm_counts_steps_as_samples():
    x = draw(4, 3, 5, 5, 10) * 3 + 2
    y = slayer.PerStep(torch.nn.BatchNorm2d(3))(x)
    torch.testing.assert_close(
        y.mean(dim=(0, 2, 3, 4)), torch.zeros(3), atol=1e-5, rtol=0
    )


def test_layers_of_torch_and_neurons_learn_together():
    net = torch.nn.Sequential(
        slayer.PerStep(torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm2d(4)),
        slayer.neuron.cuba.Neuron(**PULSE),
        slayer.PerStep(torch.nn.Flatten(), torch.nn.Linear(4 * 6 * 6, 3)),
        slayer.neuron.leaky.Neuron(0.05, requires_grad=True),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    x, label = draw(6, 2, 8, 8, 12), torch.arange(6) % 3
    loss = slayer.loss.Membrane(reduction="mean")
    losses = []
    for _ in range(15):
        optimizer.zero_grad()
        losses.append(loss(net(x), label))
        losses[-1].backward()
        assert all(p.grad is not None for p in net.parameters() if p.requires_grad)
        optimizer.step()
    assert losses[-1] < losses[0] / 2
    assert slayer.classifier.Membrane()(net(x)).shape == (6,)


def test_an_input_without_time_is_refused():
    with pytest.raises(ValueError, match="needs batch, channels and time"):
        slayer.PerStep(torch.nn.Linear(5, 7))(torch.zeros(2, 5))


def leaky(x, decay):
    v, out = torch.zeros_like(x[..., 0]), []
    for step in x.unbind(-1):
        v = torch.trunc(v * 4096 * (1 - decay)) / 4096 + torch.trunc(step * 4096) / 4096
        out.append(v)
    return torch.stack(out, dim=-1)


def test_the_leaky_integrator_integrates():
    x = draw(2, 3, 40)
    found = slayer.neuron.leaky.Neuron(0.25)(x)
    torch.testing.assert_close(found, leaky(x, 0.25), rtol=0, atol=0)


@pytest.mark.parametrize("cut", [0, 1, 17, 40])
def test_pieces_of_the_leaky_integrator_equal_the_whole(cut):
    x = draw(2, 3, 40)
    whole = slayer.neuron.leaky.Neuron(0.25)(x)
    neuron = slayer.neuron.leaky.Neuron(0.25, persistent_state=True)
    parts = [neuron(x[..., :cut]), neuron(x[..., cut:])]
    assert torch.equal(torch.cat(parts, dim=-1), whole)
    neuron.reset_state()
    assert torch.equal(neuron(x), whole)


def test_decays_of_the_leaky_integrator_are_drawn_and_learn():
    neuron = slayer.neuron.leaky.Neuron(
        (0.1, 0.5), shared_param=False, requires_grad=True
    )
    neuron(draw(2, 6, 10)).sum().backward()
    assert neuron.voltage_decay.shape == (6,)
    assert neuron.voltage_decay.grad.all()
    assert "voltage_decay" in repr(neuron)
    assert "threshold" not in repr(neuron)
