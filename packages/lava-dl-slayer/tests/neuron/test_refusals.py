"""What a neuron can't use is refused with a sentence that names the mend."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import axon
from lava.lib.dl.slayer.neuron import cuba, sigma_delta
from lava.lib.dl.slayer.neuron.dynamics import leaky_integrator

X = torch.ones(2, 3, 5)
ONE = torch.ones(1)


@pytest.mark.parametrize(
    ("convert", "error", "message"),
    [
        (lambda x: x.int(), TypeError, r"input is torch.int32, .*use x.float\(\)"),
        (lambda x: x.bool(), TypeError, r"input is torch.bool, .*use x.float\(\)"),
        (lambda x: x + 1j, TypeError, "input is torch.complex64, needs floating"),
        (np.asarray, TypeError, "input is a ndarray, .*use torch.as_tensor"),
        (
            lambda x: x.to("meta"),
            ValueError,
            r"input is on meta, the module on cpu; move one with .to\(\)",
        ),
    ],
)
def test_inputs_that_are_no_floats_here_are_refused(any_kind, convert, error, message):
    inputs = [convert(x) for x in any_kind.input(2, 3, 5)]
    with pytest.raises(error, match=message):
        any_kind()(any_kind.argument(inputs))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0}, "scale is 0, needs a positive number"),
        ({"tau_grad": 0}, "tau_grad is 0, needs a positive number"),
        ({"tau_grad": float("nan")}, "tau_grad is nan, needs a positive number"),
        ({"threshold": float("inf")}, "threshold is inf, needs a finite number"),
    ],
)
def test_numbers_that_make_no_neuron_are_refused(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(**options)


@pytest.mark.parametrize("shared", [True, False])
def test_decays_that_are_no_number_are_refused(kind, shared):
    name = "decay" if kind.complex else "voltage_decay"
    with pytest.raises(ValueError, match="decay is NaN, needs a number"):
        kind(**{name: float("nan")}, shared_param=shared)


@pytest.mark.parametrize(
    ("decay", "state", "message"),
    [
        (50000 * ONE, ONE, "needs values from -4096 to 8192 .* clamp it first"),
        (np.nan * ONE, ONE, "needs values from -4096 to 8192"),
        (torch.ones(2), ONE, "2 values, needs 1 or one for each of the 3 channels"),
        (ONE, torch.ones(2, 2), r"shape \(2, 2\), needs one value or .* \(2, 3\)"),
        (ONE.to("meta"), ONE, r"tensors are on cpu and meta; move them with .to\(\)"),
    ],
)
def test_dynamics_refuse(decay, state, message):
    with pytest.raises(ValueError, match=message):
        leaky_integrator.dynamics(X, decay, state, 4096)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((float("nan"),), "shift_val is nan, needs a finite number"),
        ((float("inf"),), "shift_val is inf, needs a finite number"),
        ((1, 0), "sampling_time is 0, needs a positive number"),
    ],
)
def test_delays_refuse(arguments, message):
    with pytest.raises(ValueError, match=message):
        axon.delay(X, *arguments)


@pytest.mark.parametrize("decay", [-100.0, 5000.0])
@pytest.mark.usefixtures("path")
def test_decays_somewhat_out_of_range_are_taken_as_they_are(decay):
    y = leaky_integrator.dynamics(X, torch.tensor([decay]), torch.zeros(1), 4096)
    expected, state = [], 0
    for _ in range(5):
        product = state * (4096 - int(decay))
        state = int(np.sign(product)) * (abs(product) >> 12) + 4096
        expected.append(state / 4096)
    assert y[0, 0].tolist() == expected


@pytest.mark.usefixtures("path")
def test_states_saturate_far_beyond_32_bits():
    x = torch.full((1, 1, 4), 1e30)
    y = leaky_integrator.dynamics(x, torch.zeros(1), torch.zeros(1), 4096)
    assert y.tolist() == [[[2.0**36] * 4]]


def test_nothing_is_sent_from_a_nan_on():
    x = torch.randn(1, 1, 20).abs() + 0.2  # above the threshold
    x[..., 7] = float("nan")
    sent = sigma_delta.Neuron(0.1, torch.relu)(x)
    assert torch.isfinite(sent).all()
    assert sent[..., :7].any()
    assert not sent[..., 7:].any()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_gradients_come_in_the_dtype_of_the_input(dtype):
    x = torch.randn(2, 3, 20).to(dtype).requires_grad_()
    cuba.Neuron(0.5, 0.3, 0.1)(x).sum().backward()
    y = x.detach().float().requires_grad_()
    cuba.Neuron(0.5, 0.3, 0.1)(y).sum().backward()
    assert x.grad.dtype == dtype
    assert torch.equal(x.grad, y.grad.to(dtype))
