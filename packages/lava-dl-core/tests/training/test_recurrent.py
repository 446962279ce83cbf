"""Recurrent layers equal the loop over steps, forwards and back."""

from dataclasses import replace

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


def late(spikes, delays):
    """Spikes (N, C, 1, T), those of each channel later by its delay."""
    found, steps = np.zeros_like(spikes), spikes.shape[-1]
    for c, d in enumerate(delays.astype(int).clip(max=steps)):
        found[:, c, :, d:] = spikes[:, c, :, : steps - d]
    return found


def one_by_one(neuron, z, weights, decays, states, threshold, delays=None):
    all_spikes, steps = np.zeros_like(z[0]), []
    for t in range(z[0].shape[-1]):
        past = all_spikes if delays is None else late(all_spikes, delays)
        spikes = past[..., t - 1] if t else np.zeros_like(z[0][..., 0])
        fed = [np.einsum("oi,nis->nos", weight, spikes) for weight in weights]
        x = [(a[..., t] + b)[..., None] for a, b in zip(z, fed, strict=True)]
        step = training.neuron_forward(neuron, x, decays, states, threshold)
        states, all_spikes[..., t] = step.states, step.outputs[0][..., 0]
        steps.append([all_spikes[..., t], *states])
    return [np.stack(each, axis=-1) for each in zip(*steps, strict=True)]


def assert_steps(result, planes):
    spikes, *states = planes
    np.testing.assert_array_equal(result.spikes, spikes)
    for got, plane in zip(result.states, states, strict=True):
        np.testing.assert_array_equal(got, plane[..., -1])


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("channels", [1, 16, 37, 130])
@pytest.mark.parametrize("name", NEURONS)
def test_recurrent_equals_steps_one_by_one(name, channels, simd):
    neuron = NEURONS[name]
    call = layer(neuron, (3, channels, 1, 70), 3.0)
    result = training.recurrent_forward(neuron, *call, sums=True, simd=simd)
    assert result.spikes.any()
    assert_steps(result, one_by_one(neuron, *call))
    before = shifted(result.spikes)
    for z, weight, found in zip(*call[:2], by_channels(result.sums), strict=True):
        returned = np.einsum("oi,nist->nost", weight, before)
        np.testing.assert_array_equal(found, z + returned)


def by_channels(sums):
    """Sums (N, T, C) as (N, C, 1, T)."""
    return [np.ascontiguousarray(x.swapaxes(1, 2)[:, :, None]) for x in sums]


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("finest", [2.0**-14, 1 / 64], ids=["fine", "coarse"])
@pytest.mark.parametrize("name", ["cuba", "rf"])
def test_weights_of_any_unit_add_up(name, finest, graded, simd):
    """A coarse unit has sums in 16 bits, unless spikes carry values."""
    neuron = NEURONS[name]
    z, weights, decays, states, threshold = layer(neuron, (17, 70, 1, 20), 3.0)
    weights[0][::2, 0] += np.float32(finest)
    units = np.abs(weights[0]).sum(axis=1).max() / finest
    assert (units > 2**15) == (finest < 1 / 64)
    threshold = replace(threshold, graded=graded)
    call = z, weights, decays, states, threshold
    result = training.recurrent_forward(neuron, *call, simd=simd)
    assert result.spikes.mean() > 0.05
    spikes, *after = one_by_one(neuron, *call)
    if graded:  # Sums of values round.
        np.testing.assert_allclose(result.spikes, spikes, rtol=1e-4, atol=1e-3)
    else:
        assert_steps(result, [spikes, *after])


@pytest.mark.parametrize("simd", LEVELS)
def test_a_weight_that_is_no_number_is_not_lost(simd):
    call = layer(training.CUBA, (17, 70, 1, 20), 3.0)
    call[1][0][3, 5] = np.nan
    result = training.recurrent_forward(training.CUBA, *call, sums=True, simd=simd)
    assert np.isnan(result.sums[0]).any((0, 1)).nonzero()[0].tolist() == [3]


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("longest", [0, 3, 100])
@pytest.mark.parametrize("name", ["cuba", "rf"])
def test_what_returns_is_late_by_the_delays(name, longest, simd):
    neuron = NEURONS[name]
    call = layer(neuron, (13, 37, 1, 70), 3.0)
    delays = np.linspace(0, longest, 37).round().astype(np.float32)
    result = training.recurrent_forward(neuron, *call, delays=delays, simd=simd)
    assert_steps(result, one_by_one(neuron, *call, delays))
    plain = training.recurrent_forward(neuron, *call, simd=simd)
    assert (result.spikes != plain.spikes).any() == (longest > 0)


@pytest.mark.parametrize("wrong", [[1, 2], [1, -1, 0], [0, float("nan"), 0]])
def test_wrong_delays_are_refused(wrong):
    call = layer(training.CUBA, (1, 3, 1, 4))
    with pytest.raises(ValueError, match="returning_delays needs one of 0 or more"):
        training.recurrent_forward(training.CUBA, *call, delays=np.float32(wrong))


def shifted(spikes):
    """Those of the step before."""
    before = np.zeros_like(spikes)
    before[..., 1:] = spikes[..., :-1]
    return before


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize(("name", "loud"), [("cuba", 250), ("rf", 1500)])
def test_samples_beyond_the_fast_range_step_exactly(name, loud, simd):
    neuron = NEURONS[name]
    z, *rest = layer(neuron, (2, 16, 1, 40))
    z[0][1] *= loud
    result = training.recurrent_forward(neuron, z, *rest, simd=simd)
    planes = one_by_one(neuron, z, *rest)
    largest = max(np.abs(state).max() for state in planes[1:]) * 4096
    assert LIMIT < largest < 2 * LIMIT  # beyond, float32 loses bits between the steps
    assert_steps(result, planes)


SURROGATE = training.Surrogate(0.7, 0.9)


def gradients(neuron, call, grad, surrogate=SURROGATE, **options):
    _, weights, decays, states, threshold = call
    result = training.recurrent_forward(neuron, *call, sums=True)
    return training.recurrent_backward(
        neuron,
        result.sums,
        result.spikes,
        weights,
        decays,
        states,
        grad,
        threshold,
        surrogate,
        **options,
    )


def grad_like(shape):
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("name", NEURONS)
def test_stepwise_gradients_walk_back_through_the_spikes(name, simd, near):
    neuron, shape = NEURONS[name], (3, 21, 1, 70)
    z, weights, decays, states, threshold = call = layer(neuron, shape, 3.0)
    grad = grad_like(shape)
    found = gradients(neuron, call, grad, stepwise=True, simd=simd)
    spikes, *after = one_by_one(neuron, *call)
    sums = by_channels(training.recurrent_forward(neuron, *call, sums=True).sums)
    starts = [
        np.stack([s, *np.moveaxis(a, -1, 0)])
        for s, a in zip(states, after, strict=True)
    ]
    wanted = [np.zeros_like(grad) for _ in z]
    carried = np.zeros(shape[:-1], np.float32)
    for t in reversed(range(shape[-1])):
        back = training.neuron_backward(
            neuron,
            [np.ascontiguousarray(x[..., t : t + 1]) for x in sums],
            decays,
            [s[t] for s in starts],
            [(grad[..., t] + carried)[..., None]],
            threshold,
            SURROGATE,
        )
        for to, each in zip(wanted, back.inputs, strict=True):
            to[..., t] = each[..., 0]
        carried = sum(
            np.einsum("oi,nos->nis", w, g[..., 0])
            for w, g in zip(weights, back.inputs, strict=True)
        )
    before = shifted(spikes)
    to_inputs = by_channels(found.inputs)
    for got, want, of_weight in zip(to_inputs, wanted, found.weights, strict=True):
        near(got, want)
        near(of_weight, np.einsum("nost,nist->oi", want, before))
    assert found.decays == []


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
@pytest.mark.parametrize("name", NEURONS)
def test_without_weights_gradients_are_the_neurons(name, gradient):
    neuron, shape = NEURONS[name], (3, 21, 1, 70)
    z, weights, *rest = layer(neuron, shape, 3.0)
    grad = grad_like(shape)
    surrogate = training.Surrogate(0.7, 0.9, gradient)
    call = z, [0 * w for w in weights], *rest
    found = gradients(neuron, call, grad, surrogate, decay_gradients=True)
    decays, states, threshold = rest
    wanted = training.neuron_backward(
        neuron, z, decays, states, [grad], threshold, surrogate, decay_gradients=True
    )
    for got, want in zip(by_channels(found.inputs), wanted.inputs, strict=True):
        np.testing.assert_array_equal(got, want)
    if gradient == "exact":  # else decays count what they multiply after a reset
        for got, want in zip(found.decays, wanted.decays, strict=True):
            np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("stepwise", [False, True])
@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("name", ["cuba", "adrf"])
def test_a_sample_has_the_same_bits_in_any_group(name, simd, stepwise):
    """Groups follow threads; one with few events multiplies nothing else."""
    neuron, shape = NEURONS[name], (14, 21, 1, 20)
    call = layer(neuron, shape, 3.0)
    grad = grad_like(shape)
    grad[1::2] = 0  # so that few or many of a group's values are events
    whole = gradients(neuron, call, grad, stepwise=stepwise, simd=simd)
    z, weights, decays, states, threshold = call
    for n in range(shape[0]):
        one = [x[n : n + 1] for x in z], weights, decays, [s[n : n + 1] for s in states]
        alone = gradients(
            neuron, (*one, threshold), grad[n : n + 1], stepwise=stepwise, simd=simd
        )
        for got, want in zip(alone.inputs, whole.inputs, strict=True):
            np.testing.assert_array_equal(got[0], want[n])


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("channels", [5, 64])
@pytest.mark.parametrize("name", ["cuba", "rf"])
def test_inputs_may_come_by_steps(name, channels, simd):
    neuron = NEURONS[name]
    z, *rest = layer(neuron, (3, channels, 1, 67), 3.0)
    wanted = training.recurrent_forward(neuron, z, *rest, sums=True)
    turned = [np.ascontiguousarray(x.squeeze(2).swapaxes(1, 2)) for x in z]
    result = training.recurrent_forward(
        neuron, turned, *rest, by_steps=True, sums=True, simd=simd
    )
    assert_steps(result, [wanted.spikes, *(s[..., None] for s in wanted.states)])
    np.testing.assert_array_equal(result.sums, wanted.sums)


@pytest.mark.parametrize("steps", [0, 1, 16, 64, 65, 140])
@pytest.mark.parametrize("name", ["cuba", "rf"])
def test_spikes_may_be_given_late(name, steps):
    neuron, shape = NEURONS[name], (3, 21, 1, steps)
    z, *rest = layer(neuron, shape, 3.0)
    now = training.recurrent_forward(neuron, z, *rest, sums=True)
    after = training.recurrent_forward(neuron, z, *rest, sums=True, latency=1)
    assert_steps(after, [shifted(now.spikes), *(s[..., None] for s in now.states)])
    grad = grad_like(shape)
    before = np.zeros_like(grad)
    before[..., :-1] = grad[..., 1:]
    given = *rest[:3], grad, rest[3], SURROGATE
    found = training.recurrent_backward(
        neuron, after.sums, after.spikes, *given, latency=1
    )
    given = *rest[:3], before, rest[3], SURROGATE
    wanted = training.recurrent_backward(neuron, now.sums, now.spikes, *given)
    for got, want in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(got, want)


def test_another_latency_is_refused():
    with pytest.raises(ValueError, match="latency is 2, needs 0 or 1"):
        training.recurrent_forward(
            training.CUBA, *layer(training.CUBA, (1, 3, 1, 4)), latency=2
        )


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
