"""Properties of kernels: pieces equal whole, and nothing depends on the machine."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava.lib.dl import core
from lava.lib.dl.core import _training, training

THRESHOLD = training.Threshold(1.0, 4096.0, 0.25)


def call_of(neuron, shape, seed):
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(0, 1, shape).astype(np.float32) for _ in neuron.inputs]
    decays = [rng.integers(0, 3000, shape[1]).astype(np.float32) for _ in neuron.decays]
    states = [np.zeros(shape[:-1], np.float32) for _ in neuron.states]
    return inputs, decays, states


def forward_and_backward(
    neuron, inputs, decays, states, *, gradient="slayer", **options
):
    forward = training.neuron_forward(
        neuron, inputs, decays, states, THRESHOLD, traces=True, **options
    )
    grads = [
        np.sin(np.arange(inputs[0].size, dtype=np.float32) + i).reshape(inputs[0].shape)
        for i in range(3)
    ]
    backward = training.neuron_backward(
        neuron,
        inputs,
        decays,
        states,
        grads,
        THRESHOLD,
        training.Surrogate(2.0, 1.5, gradient),
        decay_gradients=True,
        **options,
    )
    return [*forward.outputs, *forward.states, *backward.inputs, *backward.decays]


shapes = st.tuples(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 9), st.integers(1, 40)
)
gradients = st.sampled_from(["slayer", "exact"])


@settings(max_examples=15, deadline=None)
@given(shape=shapes, cut=st.integers(0, 40), seed=st.integers(0, 99))
def test_pieces_equal_whole(neuron, shape, cut, seed):
    inputs, decays, states = call_of(neuron, shape, seed)
    whole = training.neuron_forward(
        neuron, inputs, decays, states, THRESHOLD, traces=True
    )
    cut = min(cut, shape[-1])
    pieces = []
    for part in (slice(0, cut), slice(cut, None)):
        part_inputs = [np.ascontiguousarray(x[..., part]) for x in inputs]
        piece = training.neuron_forward(
            neuron, part_inputs, decays, states, THRESHOLD, traces=True
        )
        states = piece.states
        pieces.append(piece.outputs)
    for array, first, second in zip(whole.outputs, *pieces, strict=True):
        np.testing.assert_array_equal(array, np.concatenate([first, second], axis=-1))
    for array, end in zip(whole.states, states, strict=True):
        np.testing.assert_array_equal(array, end)


@settings(max_examples=10, deadline=None)
@given(shape=shapes, seed=st.integers(0, 99), gradient=gradients)
def test_every_instruction_set_gives_the_same_bits(neuron, shape, seed, gradient):
    call = call_of(neuron, shape, seed)
    first, *others = (
        forward_and_backward(neuron, *call, gradient=gradient, simd=simd)
        for simd in _training.levels()
    )
    for other in others:
        for a, b in zip(first, other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.fixture
def threads():
    yield core.set_num_threads
    core.set_num_threads(None)


def test_every_thread_count_gives_the_same_bits(neuron, threads):
    call = call_of(neuron, (4, 8, 64, 200), 3)
    results = []
    for count in (1, 2, 5):
        threads(count)
        results.append(forward_and_backward(neuron, *call))
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(0, 2, 3, 4), (2, 2, 3, 0), (2, 0, 3, 4)])
def test_empty_calls_return_empty_results_and_keep_states(neuron, shape):
    inputs, decays, _ = call_of(neuron, shape, 0)
    states = [np.full(shape[:-1], 0.5, np.float32) for _ in neuron.states]
    decays = [np.float32([100])] * len(decays)
    result = training.neuron_forward(neuron, inputs, decays, states, THRESHOLD)
    assert result.outputs[0].shape == shape
    for state in result.states:
        np.testing.assert_array_equal(state, np.full(shape[:-1], 0.5, np.float32))


@pytest.mark.parametrize("simd", _training.levels())
def test_a_float_just_beside_an_array_is_left_alone(simd):
    """Odd row counts and step counts neither read nor write past the end."""
    shape, guards = (1, 3, 5, 19), []

    def guarded(shape):
        guards.append(np.full(math.prod(shape) + 32, 7.0, np.float32))
        return guards[-1][16:-16].reshape(shape)

    given = call_of(training.CUBA, shape, 1)
    _training.set_allocator(guarded)
    try:
        training.neuron_forward(training.CUBA, *given, THRESHOLD, simd=simd)
    finally:
        _training.set_allocator(None)
    assert len(guards) == 3
    for each in guards:
        assert np.all(each[:16] == 7)
        assert np.all(each[-16:] == 7)
