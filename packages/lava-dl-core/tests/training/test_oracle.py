"""Kernels against plain numpy neurons, bit for bit, over many random steps.

``LAVA_DL_NEURON_STEPS`` says how many random steps of each neuron are compared.
"""

import math
import os

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

SCALES = [4096.0, 6400.0]
STEPS = int(os.environ.get("LAVA_DL_NEURON_STEPS", "10000000"))
CHUNK = (4, 8, 128, 256)


def random_call(neuron, shape, scale, seed, graded=False, loud=1.0):
    """Inputs, decays per channel, states and threshold that make neurons fire."""
    rng = np.random.default_rng(seed)
    n, c, s, _ = shape
    inputs = [
        rng.normal(0, 0.5 * loud, shape).astype(np.float32) for _ in neuron.inputs
    ]
    decays = [rng.integers(0, 4097, c).astype(np.float32) for _ in neuron.decays]
    if len(neuron.inputs) > 1:
        angle, gain = rng.uniform(0.05, 1.5, c), rng.uniform(0.5, 0.999, c)
        decays[0] = np.rint(4096 * gain * np.sin(angle)).astype(np.float32)
        decays[1] = np.rint(4096 * gain * np.cos(angle)).astype(np.float32)
    states = [
        (rng.integers(-9000, 9000, (n, c, s)) / scale).astype(np.float32)
        for _ in neuron.states
    ]
    # Half the thresholds lie on the grid of states, where they can be met exactly.
    above = (0.01 / scale) * (neuron is training.CUBA or seed % 2)
    value = rng.integers(32, 97) / 64 + above
    threshold = training.Threshold(value, scale, 0.3, graded)
    return inputs, decays, states, threshold


def compare(neuron, call, oracle, same, simd=""):
    inputs, decays, states, threshold = call
    got = training.neuron_forward(
        neuron, inputs, decays, states, threshold, traces=True, simd=simd
    )
    plain = oracle.neurons[neuron.name](decays, states, threshold)
    for name, array, wanted in zip(
        neuron.outputs, got.outputs, oracle.run(plain, *inputs), strict=True
    ):
        same(array, wanted, name)
    for name, array, wanted in zip(
        neuron.states, got.states, plain.states(), strict=True
    ):
        same(array, np.broadcast_to(wanted, array.shape), name)
    return got.outputs[0]


def chunks():
    """Seeds with an instruction set and a scale, until enough steps are done."""
    levels, done = _training.levels(), 0
    for seed in range(1 + STEPS // math.prod(CHUNK)):
        yield seed, levels[seed % len(levels)], SCALES[seed // len(levels) % 2]
        done += math.prod(CHUNK)
    assert done > STEPS


def test_random_steps_are_exact(neuron, oracle, same):
    for seed, simd, scale in chunks():
        call = random_call(neuron, CHUNK, scale, seed, graded=seed % 5 == 0)
        spikes = compare(neuron, call, oracle, same, simd)
        assert 0.001 < np.mean(spikes != 0) < 0.9


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("simd", _training.levels())
def test_every_instruction_set_is_exact(neuron, simd, scale, graded, oracle, same):
    call = random_call(neuron, (3, 5, 7, 83), scale, 2, graded)
    compare(neuron, call, oracle, same, simd)


@pytest.mark.parametrize("loud", [3e3, 3e6, 3e12, 3e30])
def test_states_beyond_24_bits_are_exact(neuron, loud, oracle, same):
    call = random_call(neuron, (2, 3, 7, 40), 4096.0, 3, loud=loud)
    compare(neuron, call, oracle, same)


def test_nan_counts_as_zero_and_infinity_saturates(neuron, oracle, same):
    inputs, *rest = random_call(neuron, (2, 3, 7, 40), 4096.0, 4)
    for x in inputs:
        x[0, 0, 0, 3], x[1, 1, 1, 5], x[1, 2, 2, 7] = np.nan, np.inf, -np.inf
    compare(neuron, (inputs, *rest), oracle, same)


@pytest.mark.parametrize("threshold", [None, 0.0, 0.5, 1.00000244140625, 64.0])
@pytest.mark.parametrize("loud", [1.0, 1e5])
def test_leaky_integrator(threshold, loud, oracle, same, parts):
    rng = np.random.default_rng(5)
    x = rng.normal(0, loud, (4, 6, 9, 61)).astype(np.float32)
    decay = rng.uniform(0, 4096, 6).astype(np.float32)
    state = rng.normal(0, 1, x.shape[:-1]).astype(np.float32)
    plain = oracle.leaky(decay, state, 4096, threshold)
    y, _ = parts.leaky_integrator(x, decay, state, scale=4096, threshold=threshold)
    same(
        y, oracle.run(type("One", (), {"step": lambda _, v: (plain.step(v),)})(), x)[0]
    )


@pytest.mark.parametrize("threshold", [None, 0.0, 0.5])
def test_resonator(threshold, oracle, same, parts):
    rng = np.random.default_rng(6)
    inputs = [rng.normal(0, 1, (4, 6, 9, 61)).astype(np.float32) for _ in range(2)]
    decays = [rng.integers(-2000, 3000, 6).astype(np.float32) for _ in range(2)]
    states = [rng.normal(0, 1, (4, 6, 9)).astype(np.float32) for _ in range(2)]
    got, _ = parts.resonator(*inputs, *decays, *states, scale=4096, threshold=threshold)
    plain = oracle.resonator(decays, states, 4096, threshold)
    for array, wanted in zip(got, oracle.run(plain, *inputs), strict=True):
        same(array, wanted)


def random_sigma_delta(scale, seed, parts):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.1, CHUNK).astype(np.float32)
    bias = rng.normal(0, 0.1, CHUNK[1]).astype(np.float32)
    states = [rng.normal(0, 0.1, CHUNK[:-1]).astype(np.float32) for _ in range(3)]
    states.append(np.zeros(CHUNK[:-1], np.float32))
    threshold = rng.uniform(0.05, 0.3, CHUNK[1]).astype(np.float32)
    return x, bias, states, parts.DeltaRule(threshold, scale)


def test_random_steps_of_sigma_delta_are_exact(oracle, same, parts):
    for seed, simd, scale in chunks():
        x, bias, states, rule = random_sigma_delta(scale, seed, parts)
        activation = ("relu", "identity")[seed % 2]
        y, last = parts.sigma_delta(
            x, bias, states, rule, activation=activation, simd=simd
        )
        plain = oracle.sigma_delta(bias, states, rule, activation == "relu")
        same(y, oracle.run(plain, x)[0])
        for state, wanted in zip(last, plain.states(), strict=True):
            same(state, wanted)


def test_sigma_delta_sends_nothing_from_nan_and_infinity_on(oracle, parts):
    x, bias, states, rule = random_sigma_delta(4096.0, 1, parts)
    x[0, 0, 0, 3], x[1, 1, 1, 5], x[1, 2, 2, 7] = np.nan, np.inf, -np.inf
    y, _ = parts.sigma_delta(x, bias, states, rule, activation="identity")
    with np.errstate(invalid="ignore"):
        (wanted,) = oracle.run(oracle.sigma_delta(bias, states, rule, False), x)
    np.testing.assert_array_equal(y, wanted)


def test_delay_reads_the_past_and_zero_before_it(same, parts):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2, 5, 3, 20)).astype(np.float32)
    delays = np.float32([0, 1.9, 19, 25, -3.5])
    wanted = np.zeros_like(x)
    for channel, steps in enumerate(np.trunc(delays).astype(int)):
        for t in range(20):
            if 0 <= t - steps < 20:
                wanted[:, channel, :, t] = x[:, channel, :, t - steps]
    same(parts.delay(x, delays), wanted)
    same(parts.delay(x, delays * 4, sampling_time=4.0), wanted)


@pytest.mark.parametrize("steps", [1, 2, 17, 300, 700])
def test_delay_gradient_is_the_sum_of_differences(steps, parts):
    rng = np.random.default_rng(9)
    x, grad = (rng.normal(size=(2, 6, 3, steps)).astype(np.float32) for _ in range(2))
    delays = np.float32([0, 1.9, 19, 299, -3.5, -900])
    y = parts.delay(x, delays).astype(np.float64)
    before = np.concatenate([np.zeros((2, 6, 3, 1)), y[..., :-1]], axis=-1)
    wanted = (grad * (before - y)).sum((0, 2, 3))
    _, found = parts.delay_backward(grad, delays, x=x)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("delay", [0, 5, 40, -5])
@pytest.mark.parametrize("steps", [17, 300])
def test_silence_takes_no_gradient_that_is_not_finite(steps, delay, parts):
    x = np.zeros((1, 2, 1, steps), np.float32)
    x[0, 1] = 1
    grad = np.full_like(x, np.inf)
    grad[..., steps // 2 :] = np.nan
    _, found = parts.delay_backward(grad, np.float32([delay] * 2), x=x)
    assert found[0] == 0
    assert np.isnan(found[1]) or delay >= steps


def test_delta_accumulates_errors(same, parts):
    x = np.float32([0.1, 0.2, 0.3, 0.4, 0.4, 0.4]).reshape(1, 1, 1, 6)
    rule = parts.DeltaRule(np.float32([0.25]), 64, cumulative=True)
    y, states = parts.delta(x, [np.zeros(1, np.float32)] * 3, rule)
    error, before, residual, sent = 0.0, np.float32(0), np.float32(0), []
    for value in x.ravel():
        change = np.float32((value - before) + residual)
        error = np.float32(error + change)
        out = change if abs(error) >= np.float32(0.25) else np.float32(0)
        error = np.float32(0) if abs(out) > 0 else error
        before, residual = value, np.float32(change - out)
        sent.append(np.floor(out * 64) / 64)
    same(y, np.float32(sent))
    same(states[2], np.float32([error]))
    assert np.count_nonzero(sent) > 1
