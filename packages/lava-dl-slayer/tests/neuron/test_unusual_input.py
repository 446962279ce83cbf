"""What neurons make of input that is unusual, on the kernels and in plain torch."""

import pytest
import torch

from lava.lib.dl.slayer.neuron import sigma_delta

DTYPES = [torch.float64, torch.float16, torch.bfloat16]
pytestmark = pytest.mark.usefixtures("path")


def spikes_and_gradients(kind, inputs, **options):
    given = [x.detach().requires_grad_() for x in inputs]
    spikes = kind(requires_grad=True, **options)(kind.argument(given))
    weight = torch.linspace(-1, 1, spikes.numel()).reshape(spikes.shape)
    grads = torch.autograd.grad(spikes, given, weight.to(spikes.dtype))
    return spikes.detach(), grads


@pytest.mark.parametrize("shape", [(2, 3, 0), (0, 3, 5), (2, 3, 1), (0, 3, 2, 2, 0)])
@pytest.mark.parametrize("persistent", [True, False])
def test_short_and_empty_inputs_run(any_kind, shape, persistent):
    neuron = any_kind(persistent_state=persistent, requires_grad=True)
    inputs = any_kind.input(*shape, requires_grad=True)
    spikes = neuron(any_kind.argument(inputs))
    assert spikes.shape == shape
    spikes.sum().backward()
    assert all(x.grad.shape == shape for x in inputs)
    assert any_kind.by_parts(neuron, inputs).shape == shape


def test_an_empty_piece_leaves_the_states(any_kind):
    neuron, alone = any_kind(persistent_state=True), any_kind(persistent_state=True)
    first, second = any_kind.input(2, 3, 9), any_kind.input(2, 3, 9, seed=1)
    for each in (neuron, alone):
        each(any_kind.argument(first))
    neuron(any_kind.argument(any_kind.input(2, 3, 0)))
    piece = any_kind.argument(second)
    assert torch.equal(neuron(piece), alone(piece))


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_other_precisions_spike_alike(any_kind, dtype, gradient):
    """In the input's dtype, and so do the gradients come."""
    options = {"gradient": gradient} if any_kind.spikes else {}
    inputs = [x.to(dtype) for x in any_kind.input(2, 3, 20)]
    spikes, grads = spikes_and_gradients(any_kind, inputs, **options)
    floats = [x.float() for x in inputs]
    wanted, others = spikes_and_gradients(any_kind, floats, **options)
    assert spikes.dtype == dtype and torch.equal(spikes, wanted.to(dtype))
    for a, b in zip(grads, others, strict=True):
        assert a.dtype == dtype
        rounding = torch.finfo(dtype).eps if dtype != torch.float64 else 1e-5
        limit = rounding * float(b.abs().max())
        torch.testing.assert_close(a.float(), b, rtol=rounding, atol=limit)


def test_strided_inputs_run_alike(any_kind):
    inputs = any_kind.input(2, 3, 4, 9)
    strided = [x.transpose(1, 3).contiguous().transpose(1, 3) for x in inputs]
    assert not strided[0].is_contiguous()
    found, wanted = (spikes_and_gradients(any_kind, x) for x in (strided, inputs))
    assert torch.equal(found[0], wanted[0])
    assert all(map(torch.equal, found[1], wanted[1]))


def test_nan_counts_as_zero(kind):
    inputs = kind.input(2, 3, 30)
    other = [x.clone() for x in inputs]
    for x, zero in zip(inputs, other, strict=True):
        x[0, 0, 2], zero[0, 0, 2] = float("nan"), 0.0
    found, wanted = (spikes_and_gradients(kind, x) for x in (inputs, other))
    assert found[0].any() and torch.equal(found[0], wanted[0])
    assert all(map(torch.equal, found[1], wanted[1]))


@pytest.mark.parametrize("size", [1e4, 1e6, 1e12, 1e30, float("inf")])
def test_states_saturate_far_beyond_32_bits(kind, size):
    """States reach 2^48 units, so spikes and gradients stay finite."""
    inputs = [size * x for x in kind.input(2, 3, 30)]
    neuron = kind(persistent_state=True, requires_grad=True)
    assert torch.isfinite(neuron(kind.argument(inputs))).all()
    for state in kind.states(neuron):
        assert float(state.abs().max()) <= 2**48 / 4096
    spikes, grads = spikes_and_gradients(kind, inputs, graded_spike=True)
    assert torch.isfinite(spikes).all()
    assert all(torch.isfinite(g).all() for g in grads)


def test_nothing_is_sent_from_a_nan_on():
    """Sigma-delta sums what comes in, so that its sum is no number from there on."""
    x = torch.randn(1, 1, 20).abs() + 0.2  # above the threshold
    x[..., 7] = float("nan")
    sent = sigma_delta.Neuron(0.1, torch.relu)(x)
    assert torch.isfinite(sent).all()
    assert sent[..., :7].any()
    assert not sent[..., 7:].any()
