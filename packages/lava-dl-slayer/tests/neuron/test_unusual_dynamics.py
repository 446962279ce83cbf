"""What dynamics make of input that is unusual, on the kernels and in plain torch."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer.neuron.dynamics import (
    adaptive_phase_th,
    adaptive_resonator,
    adaptive_threshold,
    leaky_integrator,
    resonator,
)

ONE = torch.ones(1)


def integrate(x, y, decay, state):
    return [leaky_integrator.dynamics(x, decay, state, 4096, 1.0)]


def resonate(x, y, decay, state):
    return resonator.dynamics(x, y, decay, decay, state, state, 4096, 1.0)


def adapt(x, y, decay, state):
    return adaptive_threshold.dynamics(x, state, decay, state, decay, 0.3, 1.0, 4096)


def adapt_phase(x, y, decay, state):
    return adaptive_phase_th.dynamics(
        x, y, state, state, decay, state, decay, 0.3, 1.0, 4096
    )


def resonate_adaptively(x, y, decay, state):
    return adaptive_resonator.dynamics(x, y, *[decay] * 4, *[state] * 4, 0.3, 1.0, 4096)


ALL = [integrate, resonate, adapt, adapt_phase, resonate_adaptively]
of_all = pytest.mark.parametrize("dynamics", ALL)
on_both = pytest.mark.usefixtures("path")


def inputs(*shape):
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=generator) for _ in range(2)]


@of_all
@on_both
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_precisions_keep_their_dtype_and_integers(dynamics, dtype):
    given = [x.to(dtype) for x in inputs(2, 3, 20)]
    traces = dynamics(*given, 1000 * ONE, 0 * ONE)
    wanted = dynamics(*(x.float() for x in given), 1000 * ONE, 0 * ONE)
    for a, b in zip(traces, wanted, strict=True):
        assert a.dtype == dtype
        assert torch.equal(a, b.to(dtype))


@of_all
@on_both
@pytest.mark.parametrize("shape", [(2, 3, 0), (0, 3, 5), (2, 0, 5), (0, 3, 2, 2, 0)])
def test_empty_inputs_give_empty_outputs(dynamics, shape):
    given = [x.requires_grad_() for x in inputs(*shape)]
    decay = (1000 * ONE).requires_grad_()
    traces = dynamics(*given, decay, 0 * ONE)
    assert all(trace.shape == shape for trace in traces)
    if traces[0].requires_grad:
        grads = torch.autograd.grad(traces[0].sum(), (*given, decay), allow_unused=True)
        assert all(g.shape == shape for g in grads[:2] if g is not None)
        assert not grads[2].any()


@of_all
@on_both
def test_nan_counts_as_zero_and_infinity_as_what_saturates(dynamics):
    given, other = inputs(2, 3, 20), inputs(2, 3, 20)
    for x, y in zip(given, other, strict=True):
        x[0, 0, 3], y[0, 0, 3] = float("nan"), 0.0
        x[1, 1, 5], y[1, 1, 5] = float("inf"), 1e30
        x[1, 2, 7], y[1, 2, 7] = float("-inf"), -1e30
    found, wanted = (dynamics(*x, 1000 * ONE, 0.5 * ONE) for x in (given, other))
    for a, b in zip(found, wanted, strict=True):
        assert torch.isfinite(a).all()
        assert torch.equal(a, b)


@on_both
def test_states_saturate_at_2_to_48_units():
    x = torch.tensor([[[float("nan"), float("inf"), float("-inf"), 1.0, 1e30, 1e30]]])
    y = leaky_integrator.dynamics(x, torch.zeros(1), torch.zeros(1), 4096)
    limit = 2**48 / 4096
    assert y.tolist() == [[[0.0, limit, 0.0, 1.0, limit, limit]]]


@pytest.mark.parametrize("decay", [-100.0, 5000.0])
@on_both
def test_decays_somewhat_out_of_range_are_taken_as_they_are(decay):
    y = leaky_integrator.dynamics(
        torch.ones(2, 3, 5), torch.tensor([decay]), torch.zeros(1), 4096
    )
    expected, state = [], 0
    for _ in range(5):
        product = state * (4096 - int(decay))
        state = int(np.sign(product)) * (abs(product) >> 12) + 4096
        expected.append(state / 4096)
    assert y[0, 0].tolist() == expected


@of_all
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
def test_decays_and_states_that_do_not_fit_are_refused(dynamics, decay, state, message):
    with pytest.raises(ValueError, match=message):
        dynamics(*inputs(2, 3, 5), decay, state)


@of_all
def test_integers_are_refused(dynamics):
    x = torch.ones(1, 1, 3, dtype=torch.int64)
    with pytest.raises(TypeError, match="needs floating point"):
        dynamics(x, x, ONE, ONE)


@pytest.mark.parametrize("dynamics", [resonate, adapt_phase, resonate_adaptively])
def test_inputs_of_two_shapes_are_refused(dynamics):
    with pytest.raises(ValueError, match="need the same"):
        dynamics(torch.ones(2, 3, 5), torch.ones(2, 3, 4), ONE, ONE)
