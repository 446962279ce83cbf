"""Event-driven layers equal the dense product, recurrent ones the loop over steps."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

LEVELS = _training.levels()
SIZES = [(2, 5, 3, 7), (3, 70, 133, 150), (1, 1, 1, 1), (0, 4, 4, 4), (2, 3, 4, 0)]


def events(shape, rng):
    values = rng.integers(-8, 9, shape) / 4
    return np.where(rng.random(shape) < 0.1, values, 0).astype(np.float32)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("size", SIZES)
def test_sparse_dense_equals_the_dense_product(size, simd):
    samples, inputs, outputs, steps = size
    rng = np.random.default_rng(1)
    x = events((samples, inputs, steps), rng)
    weight = (rng.integers(-128, 128, (outputs, inputs)) / 64).astype(np.float32)
    z = training.sparse_dense(x, weight, simd=simd)
    np.testing.assert_array_equal(z, np.einsum("oi,nit->not", weight, x))
    grad = (rng.integers(-64, 64, (samples, outputs, steps)) / 16).astype(np.float32)
    of_weight = training.sparse_dense_weight_gradient(x, grad, simd=simd)
    np.testing.assert_array_equal(of_weight, np.einsum("not,nit->oi", grad, x))


def test_sparse_dense_refuses_wrong_shapes():
    x = np.zeros((2, 3, 4), np.float32)
    with pytest.raises(ValueError, match=r"weight has shape .*needs \(Out, 3\)"):
        training.sparse_dense(x, np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="x has 2 dimensions"):
        training.sparse_dense(x[0], np.zeros((3, 3), np.float32))


def recurrent_call(neuron, shape, seed, loud=1.0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 0.4 * loud, shape).astype(np.float32)
    weight = (rng.integers(-30, 31, (shape[1], shape[1])) / 64).astype(np.float32)
    decays = [rng.integers(0, 3000, shape[1]).astype(np.float32) for _ in neuron.decays]
    states = [np.zeros(shape[:-1], np.float32) for _ in neuron.states]
    return z, weight, decays, states, training.Threshold(1.0, 4096.0, 0.3)


@pytest.mark.parametrize("beyond", [False, True])
@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("channels", [1, 16, 37])
@pytest.mark.parametrize("neuron", [training.CUBA, training.ALIF], ids=lambda n: n.name)
def test_recurrent_equals_steps_one_by_one(neuron, channels, simd, beyond):
    shape = (3, channels, 1, 40)
    loud = 600.0 if channels < 37 else 300.0 if neuron is training.CUBA else 150.0
    z, weight, decays, states, threshold = recurrent_call(
        neuron, shape, 2, loud if beyond else 1.0
    )
    result = training.recurrent_forward(
        neuron, z, weight, decays, states, threshold, traces=True, simd=simd
    )
    spikes, steps = np.zeros(shape[:-1], np.float32), []
    for t in range(shape[-1]):
        fed = np.einsum("oi,nis->nos", weight, spikes)
        x = np.ascontiguousarray((z[..., t] + fed)[..., None])
        step = training.neuron_forward(
            neuron, [x], decays, states, threshold, traces=True
        )
        states, spikes = step.states, step.outputs[0][..., 0]
        steps.append(step.outputs)
    assert result.outputs[0].any()
    largest = np.abs(result.outputs[2]).max() * 4096
    assert largest < 2**24  # beyond, states lose bits between single steps
    assert (largest > 2**23) == beyond  # where the fast range ends
    for got, *wanted in zip(result.outputs, *steps, strict=True):
        np.testing.assert_array_equal(got, np.concatenate(wanted, axis=-1))
    for got, wanted in zip(result.states, states, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("graded", [False, True])
def test_recurrent_gradients_walk_back_through_the_spikes(graded, simd, near):
    shape = (3, 21, 1, 30)
    z, weight, decays, states, threshold = recurrent_call(training.CUBA, shape, 3)
    surrogate = training.Surrogate(2.0, 1.5)
    spikes, _, voltage = training.recurrent_forward(
        training.CUBA, z, weight, decays, states, threshold, traces=True
    ).outputs
    above = voltage - np.float32(threshold.value)
    grad = np.random.default_rng(4).normal(size=shape).astype(np.float32)
    got, of_weight = training.recurrent_backward(
        spikes, above, grad, weight, surrogate, graded=graded, simd=simd
    )
    slope = training.spike_backward(
        voltage, threshold.value, np.ones_like(grad), surrogate, graded=graded
    )
    wanted, after = np.zeros_like(grad), np.zeros(shape[:-1], np.float32)
    total = np.zeros_like(weight)
    for t in reversed(range(shape[-1])):
        fed = np.einsum("oi,nos->nis", weight, after)
        wanted[..., t] = after = slope[..., t] * (grad[..., t] + fed)
        if t > 0:
            total += np.einsum("nos,nis->oi", after, spikes[..., t - 1])
    near(got, wanted)
    near(of_weight, total)
