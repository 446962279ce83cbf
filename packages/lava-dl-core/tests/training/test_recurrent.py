"""Recurrent layers equal the loop over steps, forwards and back."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

LEVELS = _training.levels()
NEURONS = {neuron.name: neuron for neuron in training.NEURONS}
LIMIT = 2**23  # integers beyond it leave the vectorised arithmetic


def layer(neuron, shape, loud=1.0):
    rng = np.random.default_rng(2)
    z = [rng.normal(0, 0.4 * loud, shape).astype(np.float32) for _ in neuron.inputs]
    size = (shape[1], shape[1])
    weights = [
        (rng.integers(-30, 31, size) / 64).astype(np.float32) for _ in neuron.inputs
    ]
    decays = [rng.integers(0, 2800, shape[1]).astype(np.float32) for _ in neuron.decays]
    states = [np.zeros(shape[:-1], np.float32) for _ in neuron.states]
    return z, weights, decays, states, training.Threshold(1.0, 4096.0, 0.3)


def one_by_one(neuron, z, weights, decays, states, threshold):
    spikes, steps = np.zeros(z[0].shape[:-1], np.float32), []
    for t in range(z[0].shape[-1]):
        fed = [np.einsum("oi,nis->nos", weight, spikes) for weight in weights]
        x = [(a[..., t] + b)[..., None] for a, b in zip(z, fed, strict=True)]
        step = training.neuron_forward(neuron, x, decays, states, threshold)
        states, spikes = step.states, step.outputs[0][..., 0]
        steps.append([spikes, *states])
    return [np.stack(each, axis=-1) for each in zip(*steps, strict=True)]


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("channels", [1, 16, 37])
@pytest.mark.parametrize("name", NEURONS)
def test_recurrent_equals_steps_one_by_one(name, channels, simd):
    neuron = NEURONS[name]
    call = layer(neuron, (3, channels, 1, 40), 3.0)
    result = training.recurrent_forward(neuron, *call, simd=simd)
    assert result.spikes.any()
    wanted = one_by_one(neuron, *call)
    for got, want in zip([result.spikes, *result.states], wanted, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize(("name", "loud"), [("cuba", 250), ("rf", 1500)])
def test_samples_beyond_the_fast_range_step_exactly(name, loud, simd):
    neuron = NEURONS[name]
    z, *rest = layer(neuron, (2, 16, 1, 40))
    z[0][1] *= loud
    result = training.recurrent_forward(neuron, z, *rest, simd=simd)
    largest = max(np.abs(state).max() for state in result.states) * 4096
    assert LIMIT < largest < 2 * LIMIT  # beyond, float32 loses bits between the steps
    wanted = one_by_one(neuron, z, *rest)
    for got, want in zip([result.spikes, *result.states], wanted, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("parts", [1, 2])
def test_gradients_walk_back_through_the_spikes(parts, simd, near):
    shape = (3, 21, 1, 30)
    rng = np.random.default_rng(3)
    grad = rng.normal(size=shape).astype(np.float32)
    spikes = (rng.random(shape) < 0.2).astype(np.float32)
    slopes = [rng.random(shape).astype(np.float32) for _ in range(parts)]
    weights = [rng.normal(0, 0.2, (21, 21)).astype(np.float32) for _ in range(parts)]
    got, of_weights = training.recurrent_backward(
        grad, spikes, slopes, weights, simd=simd
    )
    wanted = [np.zeros_like(grad) for _ in range(parts)]
    total = [np.zeros_like(weight) for weight in weights]
    carried = np.zeros(shape[:-1], np.float32)
    for t in reversed(range(shape[-1])):
        to_spikes, carried = grad[..., t] + carried, 0
        for i in range(parts):
            wanted[i][..., t] = slopes[i][..., t] * to_spikes
            carried += np.einsum("oi,nos->nis", weights[i], wanted[i][..., t])
            if t > 0:
                pair = wanted[i][..., t], spikes[..., t - 1]
                total[i] += np.einsum("nos,nis->oi", *pair)
    for got_each, want in zip(got + of_weights, wanted + total, strict=True):
        near(got_each, want)


@pytest.mark.parametrize("shape", [(0, 4, 1, 5), (2, 4, 1, 0)])
def test_nothing_steps_to_nothing(shape):
    result = training.recurrent_forward(training.CUBA, *layer(training.CUBA, shape))
    assert result.spikes.shape == shape


def test_wrong_weights_are_refused():
    z, weights, *rest = layer(training.CUBA, (1, 3, 1, 4))
    with pytest.raises(ValueError, match="weight of x has shape"):
        training.recurrent_forward(training.CUBA, z, [weights[0][:2]], *rest)
    with pytest.raises(ValueError, match="weights has 2 arrays"):
        training.recurrent_forward(training.CUBA, z, weights * 2, *rest)
    with pytest.raises(ValueError, match="spatial positions"):
        training.recurrent_forward(
            training.CUBA, [z[0].reshape(1, 3, 2, 2)], weights, *rest
        )
