"""Delays and delta encoding against recorded runs; loading of trained delays."""

import copy

import pytest
import torch

from lava.lib.dl.slayer import axon
from lava.lib.dl.slayer.dendrite import Sigma


@pytest.fixture
def recorded(arrays_of):
    data = arrays_of("slayer/axon.npz")
    return lambda name: torch.tensor(data[name])


def loaded(delays, **options):
    module = axon.Delay(**options)
    module.delay.data = delays.float()
    module.init = True
    return module


@pytest.mark.usefixtures("path")
def test_delays_are_as_recorded(recorded):
    module = loaded(
        recorded("delay.delay_in"),
        max_delay=recorded("delay.max_delay").item(),
        grad_scale=recorded("delay.grad_scale").item(),
    )
    x = recorded("delay.x").requires_grad_()
    y = module(x)
    assert torch.equal(y, recorded("delay.y"))
    assert torch.equal(module.delay.data, recorded("delay.delay_clamped"))
    y.backward(recorded("delay.g"))
    assert torch.equal(x.grad, recorded("delay.gx"))
    torch.testing.assert_close(module.delay.grad, recorded("delay.gdelay"))


@pytest.mark.usefixtures("path")
def test_delays_of_channels_in_space_are_as_recorded(recorded):
    module = loaded(recorded("delay5.delay"))
    x = recorded("delay5.x").requires_grad_()
    y = module(x)
    assert torch.equal(y, recorded("delay5.y"))
    y.backward(recorded("delay5.g"))
    assert torch.equal(x.grad, recorded("delay5.gx"))
    torch.testing.assert_close(module.delay.grad, recorded("delay5.gdelay"))


def test_delta_is_as_recorded(recorded):
    module = axon.Delta(0.3)
    x = recorded("delta.x").requires_grad_()
    y = module(x)
    assert torch.equal(y, recorded("delta.y"))
    y.backward(recorded("delta.g"))
    torch.testing.assert_close(x.grad, recorded("delta.gx"))


def test_delta_keeps_its_states_as_recorded(recorded):
    module = axon.Delta(0.3, scale=4096, persistent_state=True)
    x = recorded("delta_persist.x").requires_grad_()
    y = module(x)
    assert torch.equal(y, recorded("delta_persist.y"))
    y.backward(recorded("delta_persist.g"))
    torch.testing.assert_close(x.grad, recorded("delta_persist.gx"))
    assert torch.equal(module(x), recorded("delta_persist.y2"))
    assert torch.equal(module.residual_state, recorded("delta_persist.residual"))
    assert torch.equal(module.pre_state, recorded("delta_persist.pre"))


def test_delta_learns_its_threshold_as_recorded(recorded):
    module = axon.Delta(0.3, 64, tau_grad=0.5, scale_grad=2, requires_grad=True)
    x = recorded("delta_grad.x").requires_grad_()
    y = module(x)
    assert torch.equal(y, recorded("delta_grad.y"))
    y.backward(recorded("delta_grad.g"))
    torch.testing.assert_close(x.grad, recorded("delta_grad.gx"))
    torch.testing.assert_close(module.threshold.grad, recorded("delta_grad.gthreshold"))


def test_sigma_keeps_its_sum_as_recorded(recorded):
    module = Sigma(persistent_state=True)
    x = recorded("sigma.x")
    assert torch.equal(module(x), recorded("sigma.y1"))
    assert torch.equal(module(x), recorded("sigma.y2"))
    assert module.device_params == {"type": "SDNN", "sigma_output": True}


def test_delta_then_sigma_is_the_identity_backward():
    delta, sigma = axon.Delta(0.3), Sigma()
    x = torch.randn(2, 3, 40, requires_grad=True)
    y = sigma(delta(x))
    g = torch.randn(y.shape)
    y.backward(g)
    torch.testing.assert_close(x.grad, g, rtol=0, atol=1e-5)


def test_trained_delays_load_before_the_first_pass():
    trained = loaded(torch.tensor([0.0, 3.7, 9.0]))
    fresh = axon.Delay()
    fresh.load_state_dict(trained.state_dict())
    x = torch.randn(2, 3, 20)
    assert fresh.init
    assert torch.equal(fresh(x), trained(x))
    assert torch.equal(fresh.delay, trained.delay)


def test_trained_delay_of_a_single_channel_loads():
    trained, fresh = axon.Delay(), axon.Delay()
    trained(torch.ones(1, 1, 5))
    trained.delay.data.fill_(2.5)
    fresh.load_state_dict(trained.state_dict())
    x = torch.rand(2, 1, 8)
    assert torch.equal(fresh(x), trained(x))
    assert fresh.delay == 2.5


def test_undrawn_delays_load_and_are_drawn_later():
    fresh = axon.Delay()
    fresh.load_state_dict(axon.Delay().state_dict())
    assert not fresh.init
    assert fresh.shape is None
    fresh(torch.zeros(1, 3, 4))
    assert fresh.shape == (3,)


@pytest.mark.parametrize("shape", [(2, 3, 20), (2, 3, 4, 20), (2, 3, 1, 1, 20)])
@pytest.mark.usefixtures("path")
def test_delays_of_any_rank_have_gradients(shape):
    module = loaded(torch.tensor([0.5, 2.0, 7.9]))
    x = torch.randn(shape, requires_grad=True)
    y = module(x)
    g = torch.randn(shape)
    y.backward(g)
    before = torch.nn.functional.pad(y, (1, 0))[..., :-1]
    axes = [i for i in range(len(shape)) if i != 1]
    wanted = (g * (before - y)).sum(axes)
    torch.testing.assert_close(module.delay.grad, wanted, rtol=1e-4, atol=1e-5)
    for c, steps in enumerate((0, 2, 7)):
        assert torch.equal(y[:, c], axon.delay(x, steps)[:, c])


def test_delay_counts_sampling_time_once():
    module = loaded(torch.tensor([4.0]), sampling_time=2)
    x = torch.arange(6.0).reshape(1, 1, 6)
    assert module(x).tolist() == [[[0, 0, 0, 1, 2, 3]]]


def test_wrong_shapes_are_refused():
    module = axon.Delay()
    with pytest.raises(AssertionError, match="at least 3 dimensions"):
        module(torch.zeros(2, 3))
    module(torch.zeros(2, 3, 4))
    with pytest.raises(AssertionError, match="Delay has 3 channels"):
        module(torch.zeros(2, 4, 4))


def test_copied_delays_stay_drawn():
    module = loaded(torch.tensor([1.0, 2.0]))
    x = torch.randn(1, 2, 6)
    assert torch.equal(copy.deepcopy(module)(x), module(x))


def test_default_delay_is_one_step_and_passes_gradients():
    x = torch.randn(1, 2, 5, requires_grad=True)
    y = axon.delay(x)
    assert torch.equal(y[..., 1:], x[..., :-1])
    assert not y[..., 0].any()
    y.sum().backward()
    assert x.grad.sum() == 8
