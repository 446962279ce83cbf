"""What packages beside slayer rely on: neurons taken apart and stepped by hand."""

import pytest
import torch

from lava.lib.dl.slayer.neuron import cuba

STEPS = 20


def make(**options):
    options = {"persistent_state": True, "requires_grad": True, **options}
    return cuba.Neuron(1.0, 0.3, 0.1, **options)


def stepwise(neuron, x):
    """Voltages and spikes of inputs given one time step at a time."""
    voltages, spikes = [], []
    for t in range(x.shape[-1]):
        _, voltage = neuron.dynamics(x[..., t : t + 1])
        voltages.append(voltage)
        spikes.append(neuron.spike(voltage))
    return torch.cat(voltages, -1), torch.cat(spikes, -1)


def test_steps_equal_one_pass():
    x = torch.randn(2, 5, STEPS)
    whole = make(persistent_state=False)
    _, voltage = whole.dynamics(x)
    voltages, spikes = stepwise(make(), x)
    assert torch.equal(voltages, voltage)
    assert torch.equal(spikes, whole.spike(voltage))
    assert spikes.any()


@pytest.mark.parametrize("ran", [False, True])
def test_states_zeroed_in_place_are_those_of_a_fresh_neuron(ran):
    neuron, x = make(), torch.randn(2, 5, STEPS)
    if ran:
        neuron(torch.randn(2, 5, STEPS))
    neuron.current_state[:] = 0.0
    neuron.voltage_state[:] = 0.0
    assert torch.equal(neuron(x), make()(x))


def test_states_can_be_scaled_and_assigned():
    neuron, x = make(), torch.randn(2, 5, STEPS)
    neuron(x)
    neuron.current_state *= 0
    neuron.voltage_state = torch.zeros(2, 5)
    assert torch.equal(neuron(x), make()(x))


def test_states_reset_in_place(monkeypatch):
    neuron, x = make(), torch.randn(2, 5, STEPS)
    neuron(x)
    state = neuron.voltage_state
    neuron.reset_state()
    assert neuron.voltage_state is state
    assert torch.equal(neuron(x), make()(x))


@pytest.mark.parametrize("ran", [False, True])
def test_no_steps_change_nothing(ran):
    """A burn-in of no steps passes through dynamics and spike."""
    neuron, x = make(), torch.randn(2, 5, STEPS)
    twin = make()
    if ran:
        neuron(x)
        twin(x)
    current, voltage = neuron.dynamics(x[..., :0])
    assert neuron.spike(voltage).shape == current.shape == (2, 5, 0)
    assert torch.equal(neuron(x), twin(x))


def test_thirty_online_updates_train_weights_and_decays():
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(5, 4))
    neuron = make()
    parameters = [weight, neuron.current_decay, neuron.voltage_decay]
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    before = [p.detach().clone() for p in parameters]
    for _ in range(30):
        z = torch.einsum("oi,nit->not", weight, torch.rand(2, 4, 1))
        _, voltage = neuron.dynamics(z)
        loss = (neuron.spike(voltage) - 0.5).square().sum() + voltage.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert weight.grad.any()
    assert not torch.equal(before[0], weight)
    assert not neuron.current_state.requires_grad


def test_gradients_reach_both_decays():
    neuron = make()
    neuron(torch.rand(2, 5, STEPS)).sum().backward()
    assert neuron.current_decay.grad.any()
    assert neuron.voltage_decay.grad.any()


def test_batches_of_another_size_start_at_rest():
    neuron, x = make(), torch.randn(3, 5, STEPS)
    neuron(torch.randn(2, 5, STEPS))
    assert torch.equal(neuron(x), make()(x))


def test_states_are_not_saved():
    neuron = make()
    neuron(torch.randn(2, 5, STEPS))
    assert list(neuron.state_dict()) == ["current_decay", "voltage_decay"]
