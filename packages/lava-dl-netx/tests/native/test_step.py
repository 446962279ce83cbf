"""Single steps on prepared arrays are those of whole sequences."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx, spec

RNG = np.random.default_rng(12)
NEURONS = {
    "cuba": spec.Cuba(1024, 300, 60),
    "alif": spec.Alif(900, 300, 200, 150, 60, 20),
    "rf": spec.Rf(1200, 3600, 40),
    "adrf_iz": spec.AdrfIz(1200, 3600, 40, 200, 150, 20),
    "sigma_delta": spec.SigmaDelta(9),
}


def weights(*shape):
    return RNG.integers(-60, 61, shape)


def first_layer(neuron):
    imag = {"weight_imag": weights(7, 6)} if neuron.is_complex else {}
    options = {"neuron": neuron, "delay": [0, 1, 2, 3, 4, 5, 9], **imag}
    return spec.Dense((7,), weights(7, 6), **options)


def networks():
    last = spec.Dense((5,), weights(5, 7), neuron=NEURONS["cuba"])
    for name, neuron in NEURONS.items():
        yield name, [first_layer(neuron), last]
    recurrent = spec.Recurrent((7,), weights(7, 6), weights(7, 7), neuron=last.neuron)
    yield "recurrent", [spec.Flatten((6,)), recurrent, spec.Flatten((7,)), last]


NETWORKS = {name: spec.Network(layers) for name, layers in networks()}
SPIKES = (RNG.random((6, 60)) < 0.3).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", ["f4", "f8", "?", "i4", "i2"])
def test_steps_equal_the_whole(name, kind):
    net = netx.load(NETWORKS[name])
    assert net._step is not None
    whole = net.run(SPIKES)
    states = net.state_dict()
    net.reset()
    given = SPIKES.astype(kind)
    steps = []
    for t in range(60):
        if t % 20 == 7:
            steps.append(net.probe(given[:, t : t + 1])[len(net.network) - 1].output)
        else:
            column = given[:, t : t + 1]
            steps.append(net.run(column if t % 2 else column.copy()))
    assert whole.any()
    np.testing.assert_array_equal(np.concatenate(steps, axis=-1), whole)
    assert net.time == 60
    for name_of, array in net.state_dict().items():
        np.testing.assert_array_equal(array, states[name_of])


def test_outputs_belong_to_the_caller():
    net = netx.load(NETWORKS["cuba"])
    first = net.run(SPIKES[:, :1])
    before = first.copy()
    for t in range(1, 30):
        net.run(SPIKES[:, t : t + 1] * 100)
    np.testing.assert_array_equal(first, before)


def test_a_state_that_is_loaded_is_the_one_that_goes_on():
    net = netx.load(NETWORKS["recurrent"])
    whole = net.run(SPIKES)
    net.reset()
    net.run(SPIKES[:, :20])
    plain = {n: np.asarray(v, float) for n, v in net.state_dict().items()}
    net.run(SPIKES[:, 20:])
    net.load_state_dict(plain)
    rest = [net.run(SPIKES[:, t : t + 1]) for t in range(20, 60)]
    np.testing.assert_array_equal(np.concatenate(rest, axis=-1), whole[:, 20:])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_a_step_that_is_refused_changes_nothing(value):
    net = netx.load(NETWORKS["cuba"])
    net.run(SPIKES[:, :9])
    before = net.state_dict()
    with pytest.raises(ValueError, match="not finite"):
        net.run(np.full((6, 1), value))
    for call in (
        lambda: net.run(np.zeros((5, 1))),
        lambda: net.run(np.zeros((6, 1)), feed="out"),
        lambda: net.run(np.zeros((6, 1)), layout="hwc"),
        lambda: net.run(np.zeros((6, 1), complex)),
    ):
        with pytest.raises(ValueError):
            call()
    after = net.state_dict()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)


def test_networks_with_images_or_in_lavas_arithmetic_take_the_long_way():
    weight = weights(2, 1, 3, 3)
    conv = spec.Conv((2, 3, 3), weight, neuron=NEURONS["cuba"])
    assert netx.load(spec.Network([conv]), input_shape=(5, 5, 1))._step is None
    assert netx.load(NETWORKS["cuba"], arithmetic="lava")._step is None
