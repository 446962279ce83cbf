"""Every known deviation of Lava is real, found by verification and named."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._deviations import deviations_of

RNG = np.random.default_rng(8)
CUBA = spec.Cuba(1024, 300, 60)
RF = (2167, 2982, 40)
SPIKES = (RNG.random((6, 90)) < 0.4).astype(float)
IMAGE = (RNG.random((2, 5, 5, 60)) < 0.4).astype(float)
VIDEO = RNG.integers(-64, 65, (6, 60)) / 64
STILL = np.repeat(VIDEO[:, :1], 60, axis=1)


def weights(*shape, low=-30, high=60):
    return RNG.integers(low, high + 1, shape) * 2


def dense(neuron=CUBA, weight=None, **options):
    weight = weights(4, 6) if weight is None else weight
    return spec.Dense((4,), weight, neuron=neuron, **options)


def resonator(neuron, **options):
    imag = weights(4, 6)
    return dense(neuron, weight_imag=imag, **options)


def recurrent(**options):
    return spec.Recurrent((6,), weights(6, 6), weights(6, 6), neuron=CUBA, **options)


def recurrent_of_four():
    return spec.Recurrent((3,), weights(3, 4), weights(3, 3), neuron=CUBA)


def conv(**options):
    return spec.Conv((3, 3, 3), weights(3, 2, 3, 3), neuron=CUBA, **options)


def encoder(**options):
    return spec.Input((6,), neuron=spec.SigmaDelta(6, **options))


def sdnn(neuron=None, **options):
    return dense(neuron or spec.SigmaDelta(2), **options)


CASES = {
    "weights beyond 8 bits": ([dense(weight=weights(4, 6, low=-90, high=250))], SPIKES),
    "loses them all": ([dense(weight=weights(4, 6, low=10, high=250))], SPIKES),
    "smallest of negative weights": (
        [dense(spec.Cuba(1024, 300, -30), np.full((4, 6), -4))],
        SPIKES,
    ),
    "delays of convolutions": ([conv(delay=[3, 0, 2])], IMAGE),
    "delays of complex layers": (
        [resonator(spec.Rf(*RF), delay=[3, 0, 2, 1])],
        SPIKES,
    ),
    "delays of recurrent layers": ([recurrent(delay=[1, 2, 3, 1, 2, 3])], SPIKES),
    "delays beyond 62": ([dense(delay=[70, 80, 66, 64])], SPIKES),
    "bias on the voltage": (
        [dense(spec.Cuba(1024, 300, 600), bias=[40, 160, 130, 90])],
        SPIKES,
    ),
    "bias ahead of the input": (
        [dense(spec.Cuba(4096, 300, 60), bias=[-3, 40, 7, 90])],
        SPIKES,
    ),
    "image on the voltage": ([spec.Input((6,), neuron=CUBA)], STILL),
    "early input layer": (
        [spec.Input((6,), neuron=spec.Cuba(4096, 300, 60))],
        STILL,
    ),
    "bias beyond 16 bits": (
        [dense(spec.Cuba(4096, 300, 60), bias=[40000, 0, -40000, 5])],
        SPIKES,
    ),
    "bias of complex neurons": (
        [resonator(spec.Rf(*RF), bias=[9, 90, -9, 30])],
        SPIKES,
    ),
    "weight exponent of the norm": (
        [dense(spec.Cuba(1024, 300, 60, weight_exp=[1, 1, 2, 2]))],
        SPIKES,
    ),
    "graded spikes": ([dense(spec.Cuba(1024, 300, 60, graded_spike=True))], SPIKES),
    "adaptation of resonators": (
        [resonator(spec.AdrfIz(*RF, 200, 150, 20))],
        SPIKES,
    ),
    "recomputed decays": (
        [resonator(spec.RfIz(1993, 3101, 400))],
        (RNG.random((6, 9000)) < 0.4).astype(float),
    ),
    "late and shortened messages": ([encoder(), sdnn()], VIDEO),
    "weight scale": ([encoder(), sdnn(weight_scale=32)], VIDEO),
    "cumulative error": ([encoder(cum_error=True)], VIDEO / 8),
    "bias in the neuron": ([sdnn(spec.SigmaDelta(2, bias=0.5))], VIDEO),
    "activation": ([sdnn(spec.SigmaDelta(2, activation="identity"))], VIDEO),
    "read-out": ([dense(spec.Cuba(1024, 300, 262143), readout="voltage")], SPIKES),
    "states beyond 24 bits": ([dense(spec.Cuba(0, 0, 131000))], np.ones((6, 2000))),
    "fractions of the input": ([dense()], VIDEO),
}


@pytest.mark.filterwarnings("ignore:weights .* exceed Lava's")
@pytest.mark.parametrize("name", CASES)
def test_deviation_is_found_and_named(name):
    layers, data = CASES[name]
    report = netx.verify(None, spec.Network(layers), data, reference=False)
    (found,) = report.differences
    assert found.other == "lava"
    assert name in found.deviation, str(found)


@pytest.mark.parametrize(
    ("layers", "data"),
    [
        ([dense(), recurrent_of_four()], SPIKES),
        ([dense(delay=[0, 3, 62, 1])], SPIKES),
        ([conv()], IMAGE),
        ([dense()], 3 * SPIKES),
        ([encoder()], VIDEO),
    ],
)
def test_layers_without_deviation_are_equal_and_none_is_named(layers, data):
    report = netx.verify(None, spec.Network(layers), data, reference=False)
    assert report.equal and report.compared["lava"] > 0, str(report)
    assert [deviations_of(layer) for layer in layers] == [[]] * len(layers)


def test_changing_input_of_spiking_input_layers_is_left_out_aloud():
    layers = [spec.Input((6,), neuron=CUBA), dense()]
    report = netx.verify(None, spec.Network(layers), VIDEO, reference=False)
    assert "takes one image" in report.left_out["lava"]


def test_constant_input_of_spiking_input_layers_is_fed_as_bias():
    fast = {"neuron": spec.Cuba(4096, 300, 60), "delay_shift": False}
    network = spec.Network([spec.Input((6,), **fast), dense()])
    report = netx.verify(None, network, STILL, reference=False)
    assert report.equal and report.compared["lava"] == 10 * 60, str(report)
