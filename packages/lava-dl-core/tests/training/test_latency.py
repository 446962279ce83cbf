"""Spikes that come late are the same spikes, their gradients the same gradients."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

NEURONS = [training.CUBA, training.ALIF, training.RF, training.ADRF_IZ]


def late(x, steps):
    y = np.zeros_like(x)
    y[..., steps:] = x[..., : max(x.shape[-1] - steps, 0)]
    return y


@pytest.mark.parametrize("latency", [1, 2, 40])
@pytest.mark.parametrize("steps", [1, 16, 37])
@pytest.mark.parametrize("loud", [0.5, 1e6])
@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("neuron", NEURONS, ids=lambda n: n.name)
def test_late_spikes_are_the_spikes_shifted(neuron, simd, loud, steps, latency):
    rng = np.random.default_rng(3)
    shape = (2, 5, 7, steps)
    inputs = [rng.normal(0, loud, shape).astype(np.float32) for _ in neuron.inputs]
    grad = rng.normal(size=shape).astype(np.float32)
    call = (
        inputs,
        [np.float32([900])] * len(neuron.decays),
        [np.zeros(shape[:-1], np.float32)] * len(neuron.states),
    )
    threshold, surrogate = training.Threshold(1, 4096, 0.3), training.Surrogate(1, 1)
    there = {"threshold": threshold, "simd": simd}
    on_time = training.neuron_forward(neuron, *call, **there, traces=True)
    delayed = training.neuron_forward(
        neuron, *call, **there, traces=True, latency=latency
    )
    np.testing.assert_array_equal(delayed.outputs[0], late(on_time.outputs[0], latency))
    for a, b in zip(
        delayed.outputs[1:] + delayed.states,
        on_time.outputs[1:] + on_time.states,
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    back = {**there, "surrogate": surrogate, "decay_gradients": True}
    early = np.ascontiguousarray(late(grad[..., ::-1], latency)[..., ::-1])
    found = training.neuron_backward(
        neuron, *call, grads=[grad, None, None], **back, latency=latency
    )
    wanted = training.neuron_backward(neuron, *call, grads=[early, None, None], **back)
    for a, b in zip(
        found.inputs + found.decays, wanted.inputs + wanted.decays, strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_latency_is_not_negative():
    x = np.zeros((1, 1, 1, 4), np.float32)
    call = [x], [np.float32([0])] * 2, [np.zeros((1, 1, 1), np.float32)] * 2
    with pytest.raises(ValueError, match="latency is -1, needs 0 steps or more"):
        training.neuron_forward(
            training.CUBA, *call, training.Threshold(1, 4096), latency=-1
        )
