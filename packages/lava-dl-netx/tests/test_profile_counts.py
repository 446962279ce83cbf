"""Counts of a profile equal those made one event and one synapse at a time."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._profile import _estimate
from lava.lib.dl.netx._profile._count import count
from lava.lib.dl.netx._profile._fan_out import fan_out, recurrent_fan_out
from lava.lib.dl.netx._profile._trace import Traced
from lava.lib.dl.spec import reference

CUBA = spec.Cuba(1024, 512, 80)
RNG = np.random.default_rng(7)


def weights(*shape):
    """About half of them zero."""
    return RNG.integers(-3, 4, shape) * RNG.integers(0, 2, shape)


def reached(layer, given):
    """Synapses that each input reaches, found by following every tap."""
    weight, total = layer.weight, np.zeros(given, int)
    transposed = isinstance(layer, (spec.ConvTranspose, spec.Unpool))
    grouped = isinstance(layer, spec.Conv)
    for out in np.ndindex(*layer.shape):
        for c in range(given[0]):
            for tap in np.ndindex(*layer.kernel_size):
                where = meets(layer, out, tap, given, transposed)
                if where is None:
                    continue
                w = (
                    of(layer, weight, out[0], c, tap, given)
                    if grouped
                    else (weight[(0, 0, *tap)] if out[0] == c else 0)
                )
                total[(c, *where)] += w != 0
    return total


def meets(layer, out, tap, given, transposed):
    """The input position that an output meets through a tap, or None."""
    where = []
    for axis in range(2):
        stride, pad, step = (
            getattr(layer, n)[axis] for n in ("stride", "padding", "dilation")
        )
        if transposed:
            position = out[1 + axis] + pad - tap[axis] * step
            if position % stride:
                return None
            position //= stride
        else:
            position = out[1 + axis] * stride - pad + tap[axis] * step
        if not 0 <= position < given[1 + axis]:
            return None
        where.append(position)
    return tuple(where)


def of(layer, weight, o, c, tap, given):
    """Weight between two channels, 0 across groups."""
    per_in, per_out = given[0] // layer.groups, layer.shape[0] // layer.groups
    if c // per_in != o // per_out:
        return 0
    if isinstance(layer, spec.ConvTranspose):
        return weight[(c, o % per_out, *tap)]
    return weight[(o, c % per_in, *tap)]


SIZES = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
KERNELS = {
    "conv": lambda: spec.Conv(
        (4, 3, 3), weights(4, 1, 3, 2), neuron=CUBA, groups=2, **SIZES
    ),
    "convT": lambda: spec.ConvTranspose(
        (4, 9, 7), weights(2, 2, 3, 2), neuron=CUBA, groups=2, **SIZES
    ),
    "pool": lambda: spec.Pool((2, 3, 4), weights(1, 1, 3, 2), neuron=CUBA, **SIZES),
    "unpool": lambda: spec.Unpool((2, 9, 7), weights(1, 1, 3, 2), neuron=CUBA, **SIZES),
}


@pytest.mark.parametrize("kind", KERNELS)
def test_fan_out_of_kernels_counts_every_tap_inside(kind):
    layer, given = KERNELS[kind](), (2, 5, 5)
    assert layer.output_size(5, 5) == layer.shape[1:]
    found = fan_out(layer, given)
    np.testing.assert_array_equal(found, reached(layer, given))
    assert found.any()


def test_fan_out_of_dense_layers_counts_nonzero_weights():
    real, imag = weights(4, 6), weights(4, 6)
    neuron = spec.Rf(100, 200, 80)
    layer = spec.Dense((4,), real, weight_imag=imag, neuron=neuron)
    wanted = (real != 0).sum(0) + (imag != 0).sum(0)
    assert fan_out(layer, (6,)).tolist() == wanted.tolist()
    assert not recurrent_fan_out(layer).any()
    assert not fan_out(spec.Flatten((6,)), (1, 2, 3)).any()


def test_recurrent_layer_is_counted_event_by_event():
    forward, back = weights(3, 5), weights(3, 3)
    layer = spec.Recurrent((3,), forward, back, neuron=CUBA)
    received = RNG.integers(0, 2, (2, 5, 8))
    sent = RNG.integers(0, 2, (2, 3, 8))
    wanted = sum(
        int((forward[:, j] != 0).sum()) for _, j, _ in np.argwhere(received)
    ) + sum(int((back[:, j] != 0).sum()) for _, j, t in np.argwhere(sent) if t < 7)
    found = count(Traced(3, layer, received, sent, 0.5))
    assert found.synaptic_operations == wanted
    late = count(Traced(3, layer, received, sent, 0.5, is_late=True))
    last = sum(int((back[:, j] != 0).sum()) for _, j, t in np.argwhere(sent) if t == 7)
    assert late.synaptic_operations == wanted + last
    assert (found.input_events, found.events) == (received.sum(), sent.sum())
    assert (found.neurons, found.neuron_updates) == (3, 3 * 16)
    assert found.rate == sent.sum() / 48
    assert (found.name, found.state_bytes) == ("3 dense_rec", 3 * 2 * 4)
    assert found.synaptic_operations <= found.dense_operations


def test_what_returns_after_the_last_step_crosses_no_synapse():
    back = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0]])
    options = {"neuron": CUBA, "delay_rec": [0, 3, 9]}
    layer = spec.RecurrentDelay((3,), weights(3, 5), back, **options)
    quiet, sent = np.zeros((1, 5, 8)), np.ones((1, 3, 8))
    found = count(Traced(0, layer, quiet, sent, 0.5))
    assert found.synaptic_operations == 3 * 7 + 1 * 4
    late = count(Traced(0, layer, quiet, sent, 0.5, is_late=True))
    assert late.synaptic_operations == 3 * 8 + 1 * 5 + 0
    dense = 8 * np.count_nonzero(layer.weight) + 3 * 7 + 1 * 4
    assert late.dense_operations == dense


def whole_network():
    """Convolution, pool, flatten, recurrent and delayed layers in one chain."""
    strong = {"neuron": spec.Cuba(1024, 512, 20)}
    return spec.Network(
        [
            spec.Conv((3, 4, 4), 20 * weights(3, 2, 3, 3), padding=(1, 1), **strong),
            spec.Pool((3, 2, 2), [[[[40, 0], [20, 40]]]], stride=(2, 2), **strong),
            spec.Flatten((12,)),
            spec.Recurrent((6,), 20 * weights(6, 12), 20 * weights(6, 6), **strong),
            spec.Dense(
                (5,), 20 * weights(5, 6), delay=RNG.integers(0, 9, (5, 6)), **strong
            ),
        ]
    )


def operations(layer, received, sent, given):
    """One at a time: every nonzero weight that an event meets."""
    if isinstance(layer, spec.Flatten):
        return 0
    if isinstance(layer, (spec.Conv, spec.Pool)):
        fan = reached(layer, given).ravel()
        return sum(int(fan[j]) for _, j in np.argwhere(received))
    total = sum(int((layer.weight[:, j] != 0).sum()) for _, j in np.argwhere(received))
    if isinstance(layer, spec.Recurrent):
        back = layer.weight_rec
        total += sum(
            int((back[:, j] != 0).sum()) for _, j in np.argwhere(sent)
        )  # a step late
    return total


def test_profile_of_a_network_counts_what_the_reference_does():
    network, steps = whole_network(), 25
    data = (RNG.random((2, 4, 4, steps)) < 0.3).astype(int)
    found = netx.profile(network, data, layout="chw", input_shape=(4, 4, 2)).layers
    received, given = data.reshape(-1, steps).T, (2, 4, 4)
    traces = reference.run(network, received.tolist(), given)
    for layer, trace, counted in zip(network, traces, found, strict=True):
        sent = np.array(trace.output)
        assert counted.input_events == np.count_nonzero(received)
        assert counted.events == np.count_nonzero(sent) > 0
        wanted = operations(layer, received, sent, given)
        assert counted.synaptic_operations == wanted
        neurons = 0 if layer.type == "flatten" else sent.shape[1]
        assert counted.neuron_updates == neurons * steps
        received, given = sent, layer.shape


def test_parameters_count_at_their_own_width():
    layer = spec.Dense(
        (2,), [[63, -64], [0, 1]], neuron=CUBA, delay=[1, 2], bias=[1, 2]
    )
    found = count(Traced(0, layer, np.zeros((1, 2, 1)), np.zeros((1, 2, 1)), 0))
    assert found.parameter_bytes == (4 * 7 + 2 * 8 + 2 * 16 + 7) // 8


@pytest.mark.parametrize(
    ("neurons", "parameters", "cores"),
    [(1, 0, 1), (8192, 0, 1), (8193, 0, 2), (10, 192 * 1024, 2), (0, 0, 0)],
)
def test_cores_follow_from_neurons_and_memory(neurons, parameters, cores):
    assert _estimate.cores(neurons, parameters, 2) == cores


def test_energy_adds_up_published_figures():
    assert _estimate.energy(10, 5, 2) == pytest.approx((236 + 405 + 3.4) * 1e-12)
