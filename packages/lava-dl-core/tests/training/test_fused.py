"""A synapse and its neurons in one pass equal one after the other, bit for bit."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

NEURONS = ["CUBA", "ALIF", "RF", "RF_IZ", "ADRF", "ADRF_IZ"]
SURROGATE = training.Surrogate(1.25, 1.0)
SHAPE = (2, 3, 7, 6)  # N, C, H, W
STEPS = [37, 7]  # more and fewer than a vector holds
OUTPUTS = 21
LIES = {
    "conv": training.ConvGeometry((7, 6), (4, 3), (3, 3), (2, 2), (1, 1), (1, 1)),
    "windows": training.ConvGeometry((7, 6), (4, 4), (3, 2), (2, 1), (1, 0), (1, 2)),
    "sums": training.ConvGeometry((7, 6), (4, 4), (3, 2), (2, 1), (1, 0), (1, 2)),
}


def made(kind, neuron, size, simd, steps=STEPS[0]):
    """A synapse, and what it sums for each of the neuron's inputs."""
    rng = np.random.default_rng(3)
    x, image = (rng.random((*SHAPE, steps)) < 0.2).astype(np.float32), LIES[kind]
    shape = (OUTPUTS, SHAPE[1], *image.kernel) if kind == "conv" else image.kernel
    weights = [
        size * rng.standard_normal(shape, dtype=np.float32) for _ in neuron.inputs
    ]
    if kind != "conv":
        sums = [training.window_sum(x, w, image, simd=simd) for w in weights]
        windows = training.WindowSums(x, weights, image)
        return windows if kind == "windows" else training.Sums(sums), sums
    events = training.find_events(x, x.size)
    sums = [training.sparse_conv(events, w, image, simd=simd) for w in weights]
    return training.ConvOfEvents(events, weights, image), sums


def of_synapse(synapse, grads, simd):
    """What gradients of the sums are for the synapse."""
    if isinstance(synapse, training.Sums):
        return grads
    if isinstance(synapse, training.WindowSums):
        pairs = zip(grads, synapse.weights, strict=True)
        return [
            training.window_spread(g, w, synapse.image, simd=simd) for g, w in pairs
        ]
    return [
        training.sparse_conv_weight_gradient(
            synapse.events, grad, synapse.image, simd=simd
        )
        for grad in grads
    ]


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("kind", LIES)
@pytest.mark.parametrize(
    ("scale", "size", "steps"),
    [(4096.0, 1, 37), (6400.0, 1, 37), (4096.0, 3e3, 37), (4096.0, 3, 7)],
)
def test_one_pass_is_both_passes(kind, name, simd, scale, size, steps, same):
    neuron = getattr(training, name)
    synapse, sums = made(kind, neuron, size, simd, steps)
    rng, shape = np.random.default_rng(4), sums[0].shape
    flat = (*shape[:2], shape[2] * shape[3], shape[4])
    decays = [rng.integers(1, 999, shape[1]).astype(np.float32) for _ in neuron.decays]
    states = [rng.random(flat[:-1], dtype=np.float32) / 9 for _ in neuron.states]
    given = decays, states
    threshold, late = training.Threshold(0.5, scale, 0.1), {"latency": 1, "simd": simd}
    rows = [z.reshape(flat) for z in sums]
    wanted = training.neuron_forward(neuron, rows, *given, threshold, **late)
    found = training.fused_forward(neuron, synapse, *given, threshold, **late)
    assert wanted.outputs[0].any()
    same([found.outputs[0].reshape(flat)], [wanted.outputs[0]])
    same(found.states, wanted.states)

    grad = rng.standard_normal(shape, dtype=np.float32)
    late |= {"decay_gradients": True}
    back = training.neuron_backward(
        neuron,
        rows,
        *given,
        [grad.reshape(flat), None, None],
        threshold,
        SURROGATE,
        **late,
    )
    gone = training.fused_backward(
        neuron,
        synapse,
        *given,
        grad,
        threshold,
        SURROGATE,
        sums=kind == "conv",
        **late,
    )
    to_sums = [g.reshape(shape) for g in back.inputs]
    same(gone.given, of_synapse(synapse, to_sums, simd))
    same(gone.decays, back.decays)
    if kind == "conv":
        same(gone.sums, to_sums)


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("kind", LIES)
@pytest.mark.parametrize("name", ["CUBA", "RF", "ADRF_IZ"])
@pytest.mark.parametrize("steps", STEPS)
def test_delay_inside_is_the_delay_after(kind, steps, name, simd, same, parts):
    neuron = getattr(training, name)
    synapse, sums = made(kind, neuron, 1, simd, steps)
    given = (
        [np.float32([999])] * len(neuron.decays),
        [np.float32(0)] * len(neuron.states),
    )
    rng, shape, threshold = (
        np.random.default_rng(5),
        sums[0].shape,
        training.Threshold(0.5, 4096.0),
    )
    delays = (rng.random(shape[1]) * 9 - 1).astype(np.float32)
    delays[:2] = 99, 0.4
    late = {"latency": 1, "simd": simd}
    spikes = training.fused_forward(neuron, synapse, *given, threshold, **late)
    rows = spikes.outputs[0].reshape(*shape[:2], -1, shape[4])
    least = np.maximum(delays, 0)
    wanted = parts.delay(rows, least, simd=simd)
    late |= {"delays": delays}
    found = training.fused_forward(neuron, synapse, *given, threshold, **late)
    same([found.outputs[0].reshape(rows.shape)], [wanted])

    grad = rng.standard_normal(shape, dtype=np.float32)
    back, of_delays = parts.delay_backward(
        grad.reshape(rows.shape), least, x=rows, simd=simd
    )
    args = neuron, synapse, *given
    after = training.fused_backward(
        *args, back.reshape(shape), threshold, SURROGATE, latency=1, simd=simd
    )
    inside = training.fused_backward(
        *args, grad, threshold, SURROGATE, spikes=found.outputs[0], **late
    )
    assert of_delays.any() or steps == min(STEPS)
    same(inside.given, after.given)
    same([inside.delays], [of_delays])


@pytest.mark.parametrize("kind", LIES)
def test_result_is_the_same_for_all_numbers_of_threads(kind):
    neuron, found = training.CUBA, []
    synapse, sums = made(kind, neuron, 1, "")
    given = [np.float32([999])] * 2, [np.float32(0)] * 2
    threshold = training.Threshold(0.5, 4096.0)
    before = _training.thread_count()
    try:
        for threads in (1, 2, 3, 7):
            _training.set_thread_count(threads)
            grads = training.fused_backward(
                neuron, synapse, *given, np.ones_like(sums[0]), threshold, SURROGATE
            )
            found.append(grads.given[0])
    finally:
        _training.set_thread_count(before)
    assert all(np.array_equal(found[0], other) for other in found)


def test_arrays_that_do_not_fit_are_named():
    synapse, sums = made("conv", training.CUBA, 1, "")
    given = [np.float32([999])] * 2, [np.float32(0)] * 2
    threshold = training.Threshold(0.5, 4096.0)
    with pytest.raises(ValueError, match="needs one for each of"):
        training.fused_forward(training.RF, synapse, *given, threshold)
    with pytest.raises(ValueError, match="grad has shape"):
        training.fused_backward(
            training.CUBA, synapse, *given, sums[0][1:], threshold, SURROGATE
        )
