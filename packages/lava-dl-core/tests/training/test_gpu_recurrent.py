"""Recurrent neurons on a GPU take all steps in a launch, with the CPU's bits."""

import numpy as np
import pytest

from lava.lib.dl.core import training

WIDEST = training.MOST_RECURRENT_NEURONS


def drawn(neuron, shape, loud=1.0):
    """Inputs, weights of 8 bits, decays of one and of many values, states."""
    rng = np.random.default_rng(7)
    channels, parts = shape[1], neuron.inputs
    inputs = [rng.normal(0, loud, shape).astype("f4") for _ in parts]
    size = channels, channels
    weights = [(2 * rng.integers(-20, 21, size) / 64).astype("f4") for _ in parts]
    decays = [
        rng.integers(0, 2800, (1, channels)[i % 2]).astype("f4")
        for i in range(len(neuron.decays))
    ]
    states = [rng.normal(0, 1, shape[:-1]).astype("f4") for _ in neuron.states]
    return inputs, weights, decays, states


def steps_first(x):
    """(N, T, C) of (N, C, 1, T)."""
    return np.ascontiguousarray(x[:, :, 0].swapaxes(1, 2))


def steps_last(x):
    return np.ascontiguousarray(x.swapaxes(1, 2)[:, :, None])


class Layer:
    """Launches of a layer on a device."""

    def __init__(self, device, neuron, weights, decays, states, threshold, delays=None):
        self.device, self.neuron, self.threshold = device, neuron, threshold
        self.weights, self.decays, self.states = weights, decays, states
        self.delays = None if delays is None else device.put(delays)

    def launch(self, name, inputs, outputs, taps, settings, last=0, learned=0):
        decays = self.decays
        samples, channels = self.states[0].shape[:2]
        shape = samples, channels, 1, inputs[0].shape[1]
        put = self.device.put
        made = [np.full(inputs[0].shape, np.nan, "f4") for _ in range(outputs)]
        ends = [np.full_like(s, np.nan) for s in self.states[:last]]
        gradients = [np.full_like(d, np.nan) for d in decays[:learned]]
        sizes = [d.size for d in decays]
        room = training.sums_size(samples * channels, sizes[:learned], recurrent=True)
        groups = inputs, made, decays, self.states, ends, gradients
        on = [[put(each) for each in group] for group in groups]
        at = [[self.device.address(each) for each in group] for group in on]
        sums, weights = put(np.full(room, np.nan)), put(np.stack(taps))
        address = self.device.address
        training.run_on_gpu(
            name,
            shape,
            settings,
            self.device.stream,
            *at[:3],
            sizes,
            *at[3:],
            address(sums),
            1 / 4096,
            address(weights),
            np.size(taps),
            returning_delays=0 if self.delays is None else address(self.delays),
        )
        return [[self.device.get(each) for each in group] for group in on]

    def forward(self, inputs):
        """Spikes and traces (N, C, 1, T), and the last states."""
        _, outputs, _, _, ends, _ = self.launch(
            f"recurrent_{self.neuron.name}",
            [steps_first(x) for x in inputs],
            len(self.neuron.outputs),
            [w.T for w in self.weights],
            training.neuron_settings(self.neuron, self.threshold),
            last=len(self.states),
        )
        return [steps_last(x) for x in outputs], ends

    def backward(self, outputs, grad, surrogate, stepwise):
        """Gradients of inputs and of decays that learn."""
        spikes, *traces = map(steps_first, outputs)
        before = np.zeros_like(spikes)
        before[:, 1:] = spikes[:, :-1]
        _, found, _, _, _, gradients = self.launch(
            f"recurrent_{self.neuron.name}_backward",
            [before, *traces, steps_first(grad)],
            len(self.neuron.inputs) + (self.delays is not None),
            self.weights,
            training.neuron_settings(
                self.neuron,
                self.threshold,
                surrogate,
                stepwise=stepwise,
                true_decays=True,
            ),
            learned=0 if stepwise else len(surrogate.learned(self.neuron.decays)),
        )
        parts = len(self.neuron.inputs)
        return [steps_last(x) for x in found[:parts]], gradients


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize(
    ("channels", "loud", "scale"),
    [(1, 1, 4096.0), (37, 1, 4096.0), (130, 1, 6400.0), (40, 1e4, 4096.0)],
)
def test_recurrent_neurons_have_the_bits_of_the_cpu(
    neuron, channels, loud, scale, graded, device, same
):
    shape = (3, channels, 1, 40)
    inputs, *rest = drawn(neuron, shape, loud)
    threshold = training.Threshold(1.0, scale, 0.3, graded)
    cpu = training.recurrent_forward(neuron, inputs, *rest, threshold)
    assert cpu.spikes.any()
    (spikes, *_), ends = Layer(device, neuron, *rest, threshold).forward(inputs)
    same(spikes, cpu.spikes)
    for got, wanted in zip(ends, cpu.states, strict=True):
        same(got, wanted)


SURROGATES = [
    (training.Surrogate(0.7, 0.9), False),
    (training.Surrogate(0.7, 0.9), True),
    (training.Surrogate(0.7, 0.9, "exact"), False),
    (training.Surrogate(0.7, 0.9, "exact", "triangle"), False),
]


@pytest.mark.parametrize(("surrogate", "stepwise"), SURROGATES)
@pytest.mark.parametrize("channels", [1, 37, 130])
def test_recurrent_neurons_have_the_gradients_of_the_cpu(
    neuron, channels, surrogate, stepwise, device, same, near
):
    """Those of the inputs to the bit, whose sums run in the CPU's order."""
    shape = (3, channels, 1, 35)
    inputs, *rest = drawn(neuron, shape)
    grad = np.random.default_rng(8).normal(0, 1, shape).astype("f4")
    threshold = training.Threshold(1.0, 4096.0, 0.3)
    forward = training.recurrent_forward(neuron, inputs, *rest, threshold, sums=True)
    cpu = training.recurrent_backward(
        neuron,
        forward.sums,
        forward.spikes,
        *rest,
        grad,
        threshold,
        surrogate,
        stepwise=stepwise,
        decay_gradients=True,
    )
    layer = Layer(device, neuron, *rest, threshold)
    outputs, _ = layer.forward(inputs)
    found, decays = layer.backward(outputs, grad, surrogate, stepwise)
    for got, wanted in zip(found, cpu.inputs, strict=True):
        same(got, steps_last(wanted))
    for got, wanted in zip(decays, cpu.decays, strict=True):
        near(got, wanted)


@pytest.mark.parametrize("stepwise", [False, True])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_what_returns_is_delayed_as_on_the_cpu(
    neuron, gradient, stepwise, device, same
):
    """Longer than the whole sample, and by no whole steps, too."""
    shape = (2, 37, 1, 35)
    inputs, *rest = drawn(neuron, shape)
    delays = np.random.default_rng(9).integers(0, 12, 37).astype("f4") + 0.75
    delays[:3] = 0, 34, 100
    grad = np.random.default_rng(8).normal(0, 1, shape).astype("f4")
    threshold = training.Threshold(1.0, 4096.0, 0.3)
    surrogate = training.Surrogate(0.7, 0.9, gradient)
    options = {"delays": delays, "stepwise": stepwise}
    cpu = training.recurrent_forward(
        neuron, inputs, *rest, threshold, delays=delays, sums=True
    )
    wanted = training.recurrent_backward(
        neuron, cpu.sums, cpu.spikes, *rest, grad, threshold, surrogate, **options
    )
    layer = Layer(device, neuron, *rest, threshold, delays)
    outputs, _ = layer.forward(inputs)
    same(outputs[0], cpu.spikes)
    found, _ = layer.backward(outputs, grad, surrogate, stepwise)
    for got, expected in zip(found, wanted.inputs, strict=True):
        same(got, steps_last(expected))


@pytest.mark.parametrize("channels", [513, WIDEST])
def test_threads_share_the_neurons_of_a_wide_layer(channels, device, same):
    shape = (1, channels, 1, 3)
    inputs, *rest = drawn(training.CUBA, shape)
    threshold = training.Threshold(1.0, 4096.0)
    cpu = training.recurrent_forward(training.CUBA, inputs, *rest, threshold, sums=True)
    layer = Layer(device, training.CUBA, *rest, threshold)
    outputs, _ = layer.forward(inputs)
    same(outputs[0], cpu.spikes)
    given = *rest, inputs[0], threshold, training.Surrogate(0.7, 0.9)
    wanted = training.recurrent_backward(training.CUBA, cpu.sums, cpu.spikes, *given)
    (got,), _ = layer.backward(outputs, inputs[0], given[-1], False)
    same(got, steps_last(wanted.inputs[0]))


def test_a_layer_that_is_too_wide_is_refused():
    shape, settings = (1, WIDEST + 1, 1, 1), training.Settings()
    with pytest.raises(ValueError, match=f"at most {WIDEST} neurons"):
        training.run_on_gpu("recurrent_cuba", shape, settings, 0, [8], [8])
