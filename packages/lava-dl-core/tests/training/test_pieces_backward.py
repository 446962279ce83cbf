"""A backward pass in pieces of time, from the last, is the whole one, bit for bit."""

import numpy as np
import pytest

from lava.lib.dl.core import training
from lava.lib.dl.core.training import _neurons

SHAPE, CUT = (3, 5, 1, 80), 32
ADAPTS = ("refractory", "threshold")


@pytest.fixture
def generator():
    return np.random.default_rng(7)


def neuron_settings(neuron, exact):
    threshold = training.Threshold(0.6, 64.0, 0.2)
    surrogate = training.Surrogate(0.6, 1.0, "exact" if exact else "slayer")
    return _neurons.neuron_settings(neuron, threshold, surrogate), surrogate


def decays_of(neuron):
    start = {"sin": 900, "cos": 3500}
    return [np.full(1, start.get(name, 500), np.float32) for name in neuron.decays]


def forward(name, settings, given, decays, states):
    count = len(states)
    return training.run(name, given, settings, decays, states, last=count).states


@pytest.mark.parametrize("exact", [False, True], ids=["slayer", "exact"])
@pytest.mark.parametrize("neuron", training.NEURONS, ids=lambda n: n.name)
def test_pieces(neuron, exact, generator):
    settings, surrogate = neuron_settings(neuron, exact)
    inputs = [generator.normal(0, 0.5, SHAPE).astype(np.float32) for _ in neuron.inputs]
    grad, decays = generator.normal(0, 1, SHAPE).astype(np.float32), decays_of(neuron)
    rest = [
        np.full(SHAPE[:-1], 0.6 if n == "threshold" else 0, np.float32)
        for n in neuron.states
    ]
    learned = len(surrogate.learned(decays))
    carried = len(rest) if exact else 2

    def backward(part, states, later=(), earlier=0):
        arrays = [np.ascontiguousarray(x[..., part]) for x in (*inputs, grad)]
        return training.run(
            f"{neuron.name}_backward",
            arrays,
            settings,
            decays,
            states,
            None,
            len(inputs),
            0,
            learned,
            later,
            earlier,
        )

    first, second = slice(0, CUT), slice(CUT, None)
    cut = [np.ascontiguousarray(x[..., first]) for x in inputs]
    between = forward(neuron.name, settings, cut, decays, rest)
    whole = backward(slice(None), rest)
    after = backward(second, between, earlier=carried)
    before = backward(first, rest, later=after.earlier)
    for a, b, c in zip(whole.outputs, before.outputs, after.outputs, strict=True):
        assert a.any()
        np.testing.assert_array_equal(np.concatenate([b, c], axis=-1), a)
    for a, b, c in zip(whole.gradients, before.gradients, after.gradients, strict=True):
        np.testing.assert_allclose(b + c, a, rtol=1e-5, atol=1e-6 * abs(a).max())
