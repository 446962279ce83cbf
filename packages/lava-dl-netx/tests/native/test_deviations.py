"""Every deviation of Lava is real, and all who know of it say the same.

Where lava-nc is installed, its own processes are compared as well.
"""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.spec._deviations import DEVIATIONS
from lava.lib.dl.spec.lava import recomputed

HAS_LAVA = importlib.util.find_spec("lava.magma") is not None
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::lava.lib.dl.netx.DeviationWarning",
        "ignore::ImportWarning",
        "ignore:Changing the sparsity structure",
        "ignore:Reset is not supported",
    ),
    *([pytest.mark.lava] if HAS_LAVA else []),
]

RNG = np.random.default_rng(8)
SPIKES = (RNG.random((6, 90)) < 0.4).astype(float)
IMAGE = (RNG.random((2, 5, 5, 60)) < 0.4).astype(float)
VIDEO = RNG.integers(-64, 65, (6, 60)) / 64
ONCE = np.eye(6)[:, :1] * np.eye(20)[:1]
STILL = np.repeat(VIDEO[:, :1], 60, axis=1)
FAST = (4096, 300, 60)
SQUARE = RNG.integers(-30, 61, (6, 6)) * 2


def decays(sine, cosine, *, lost):
    """The next pair of which Lava loses 1, or none: the machine's numpy decides it."""
    while lost != any(np.not_equal(recomputed(sine, cosine), (sine, cosine))):
        cosine -= 1
    return sine, cosine


RF = (*decays(2167, 2982, lost=False), 40)


def weights(*shape, low=-30, high=60):
    return RNG.integers(low, high + 1, shape) * 2


WEIGHT, IMAG, KERNEL = weights(4, 6), weights(4, 6), weights(3, 2, 3, 3)


def cuba(current=1024, voltage=300, threshold=60, **options):
    return spec.Cuba(current, voltage, threshold, **options)


def dense(neuron=None, weight=WEIGHT, **options):
    return [spec.Dense((4,), weight, neuron=neuron or cuba(), **options)]


def resonator(neuron=None, imag=IMAG, **options):
    return dense(neuron or spec.Rf(*RF), weight_imag=imag, **options)


def recurrent(delay=None, weight=SQUARE):
    layer = spec.Recurrent((6,), weight, SQUARE.T, neuron=cuba(), delay=delay)
    return [layer]


def conv(weight=KERNEL, neuron=None, **options):
    return [spec.Conv((3, 3, 3), weight, neuron=neuron or cuba(), **options)]


def encoder(neuron=None, **options):
    return [spec.Input((6,), neuron=neuron or spec.SigmaDelta(6), **options)]


def spiking(decay=4096, shift=False):
    return encoder(cuba(decay), delay_shift=shift)


def sdnn(neuron=None, **options):
    return encoder() + dense(neuron or spec.SigmaDelta(2), **options)


# Name: layers that run into it, their input, and what is left of those once mended.
CASES = {
    "norm of the input": (
        encoder(cuba(4096), delay_shift=False, norm_bias=[50]),
        STILL,
        spiking(),
    ),
    "image on the voltage": (spiking(1024), STILL, spiking()),
    "early input layer": (spiking(shift=True), STILL, spiking()),
    "real input of resonators": (
        encoder(spec.Rf(*RF), delay_shift=False),
        VIDEO,
        None,
    ),
    "no delay shift": (dense(delay_shift=False), SPIKES, dense()),
    "read-out": (dense(cuba(threshold=2**18 - 1)), SPIKES, dense()),
    "weights beyond 8 bits": (
        dense(weight=weights(4, 6, low=-90, high=250)),
        SPIKES,
        dense(),
    ),
    "weights of lost precision": (
        dense(cuba(threshold=14), np.array([[-129] * 5 + [0]] * 4)),
        -SPIKES,
        dense(cuba(threshold=14), np.array([[-129] * 5 + [1]] * 4)),
    ),
    "sums beyond 24 bits": (
        conv(np.full((3, 2, 3, 3), 2**20)),
        IMAGE,
        conv(),
    ),
    "weight scale": (sdnn(weight_scale=32), VIDEO, None),
    "scale that is no power of two": (
        resonator(spec.RfIz(*RF[:2], 57), np.full((4, 6), 57), weight_scale=21),
        ONCE,
        resonator(spec.RfIz(*RF[:2], 57), np.full((4, 6), 57)),
    ),
    "delays of convolutions": (conv(delay=[3, 0, 2]), IMAGE, conv()),
    "delays of complex layers": (resonator(delay=[3, 0, 2, 1]), SPIKES, resonator()),
    "delays of recurrent layers": (recurrent([0]), SPIKES, recurrent()),
    "delays beyond 62": (
        dense(delay=[70, 80, 66, 64]),
        SPIKES,
        dense(delay=[7, 62, 66 - 4, 4]),
    ),
    "bias of complex neurons": (resonator(bias=[9, 90, -9, 30]), SPIKES, resonator()),
    "bias on the voltage": (dense(bias=[40, 160, 130, 90]), SPIKES, dense()),
    "bias ahead of the input": (
        dense(cuba(*FAST), bias=[-3, 40, 7, 90]),
        SPIKES,
        dense(cuba(*FAST)),
    ),
    "bias of too many bits": (
        dense(cuba(*FAST), bias=[2**15, 0, 0, 5]),
        SPIKES,
        dense(cuba(*FAST)),
    ),
    "weight exponent of the norm": (
        dense(cuba(weight_exp=[1, 1, 2, 2])),
        SPIKES,
        dense(cuba(weight_exp=[0])),
    ),
    "graded spikes": (dense(cuba(graded_spike=True)), SPIKES, dense()),
    "neurons that fire at rest": (dense(cuba(threshold=-1)), SPIKES, dense()),
    "threshold from 4096 on": (
        dense(cuba(4096, 4096, 5120), np.full((4, 6), 80)),
        64 * SPIKES,
        dense(cuba(4096, 4096, 2560), np.full((4, 6), 80)),
    ),
    "threshold from 131072 on": (
        dense(cuba(0, 0, 2**17)),
        64 * np.ones((6, 90)),
        None,
    ),
    "adaptation of resonators": (
        resonator(spec.AdrfIz(*RF, 200, 150, 20)),
        SPIKES,
        resonator(spec.RfIz(*RF)),
    ),
    "recomputed decays": (
        resonator(spec.Rf(*decays(400, 4060, lost=True), 40)),
        (RNG.random((6, 900)) < 0.4).astype(float),
        resonator(),
    ),
    "late and shortened messages": (sdnn(), VIDEO, encoder()),
    "cumulative error": (encoder(spec.SigmaDelta(6, cum_error=True)), VIDEO / 8, None),
    "bias in the neuron": (sdnn(spec.SigmaDelta(2, bias=0.5)), VIDEO, None),
    "activation": (sdnn(spec.SigmaDelta(2, activation="identity")), VIDEO, None),
}
OF_A_RUN = {
    "states beyond 24 bits": (dense(cuba(0, 0, 131000)), np.ones((6, 2000)), dense()),
    "fractions of the input": (dense(), VIDEO, encoder()),
}
LIMITS = {
    "bias of too many bits": (dense(bias=[-(2**15)]), dense(bias=[-(2**15) - 1])),
    "delays beyond 62": (dense(delay=[62]), dense(delay=[63])),
    "threshold from 4096 on": (
        dense(cuba(threshold=4095)),
        dense(cuba(threshold=4096)),
    ),
    "threshold from 131072 on": (
        resonator(spec.Rf(*RF[:2], 2**17 - 1)),
        resonator(spec.Rf(*RF[:2], 2**17)),
    ),
    "neurons that fire at rest": (
        resonator(spec.RfIz(*RF[:2], 1)),
        resonator(spec.RfIz(*RF[:2], 0)),
    ),
    "weights beyond 8 bits": (
        dense(weight=np.full((4, 6), 255)),
        dense(weight=np.full((4, 6), 256)),
    ),
    "weight exponent of the norm": (
        resonator(spec.Rf(*RF, weight_exp_imag=[0])),
        resonator(spec.Rf(*RF, weight_exp_imag=[1])),
    ),
    "sums beyond 24 bits": (
        conv(np.full((3, 2, 3, 3), 2**23 // 18)),
        conv(np.full((3, 2, 3, 3), 2**23 // 18 + 1)),
    ),
}
LACKS = {
    "layers without a process": [spec.Kwta((4,), WEIGHT, 1, 64, neuron=cuba())],
    "complex recurrent layers and convolutions": [
        spec.Conv((3, 3, 3), KERNEL, weight_imag=KERNEL, neuron=spec.Rf(*RF))
    ],
    "neurons without a process": dense(spec.Alif(900, 300, 200, 150, 60, 20)),
    "running sums at the input": encoder(spec.Sigma()),
    "bias of running sums": dense(spec.Sigma(), bias=[0]),
    "delays of unlike inputs and outputs": [
        spec.Recurrent((4,), WEIGHT, SQUARE[:4, :4], neuron=cuba(), delay=[0])
    ],
}


def names(layers):
    return [d.name for layer in layers for d in spec.deviations(layer)]


def verify(layers, data):
    report = netx.verify(None, spec.Network(layers), data, reference=False)
    assert report.compared.get("lava", 0) or report.differences, str(report)
    assert ("lava-nc" in report.compared) == HAS_LAVA, str(report)
    return report


def warned(build):
    """Names of the deviations that are said when a network is built."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        build()
    kind = netx.DeviationWarning
    texts = [str(w.message) for w in found if issubclass(w.category, kind)]
    return {text.split(": ")[1] for text in texts}


def test_every_deviation_has_a_case():
    named = {d.name for d in DEVIATIONS}
    assert named == {*CASES, *LACKS, "transform of the input"}
    assert len(named) == len(DEVIATIONS)


@pytest.mark.parametrize("name", [*CASES, *OF_A_RUN])
def test_lavas_bits_differ_as_the_deviation_says(name):
    layers, data, mended = {**CASES, **OF_A_RUN}[name]
    (found,) = verify(layers, data).differences
    assert found.other == "lava"
    assert f"{name}: Lava" in found.deviation, str(found)
    if mended is not None:
        assert name not in names(mended)
        assert verify(mended, data).equal


@pytest.mark.parametrize("name", CASES)
def test_all_who_know_of_a_deviation_agree(name, tmp_path):
    layers, data, _ = CASES[name]
    path, shape = tmp_path / "network.net", data.shape[-2::-1]
    spec.write(spec.Network(layers), path)
    expected = set(names(layers))
    problems = spec.validate(path, "lava")
    assert name in expected
    assert {p.message.split(": ")[0] for p in problems} == expected
    assert {p.severity for p in problems} == {"warning"}
    options = {"arithmetic": "lava", "input_shape": shape}
    assert warned(lambda: netx.load(path, **options)) == expected
    if HAS_LAVA:
        from lava.lib.dl.netx import hdf5

        net = {"net_config": str(path), "input_shape": shape}
        assert warned(lambda: hdf5.Network(**net)) == expected


@pytest.mark.parametrize("name", LACKS)
def test_all_refuse_what_lava_has_no_process_for(name, tmp_path):
    layers, path = LACKS[name], tmp_path / "network.net"
    spec.write(spec.Network(layers), path)
    problems = spec.validate(path, "lava")
    assert [(p.code, p.severity) for p in problems] == [("lava-kind", "error")]
    assert problems[0].message.startswith(f"{name}: Lava")
    options = {"arithmetic": "lava", "input_shape": (5, 5, 2)}
    with pytest.raises(ValueError, match=name):
        netx.load(path, **options)
    data = IMAGE if "convolutions" in name else SPIKES
    report = netx.verify(None, spec.Network(layers), data, reference=False)
    assert name in report.left_out["lava"]
    if HAS_LAVA:
        from lava.lib.dl.netx import hdf5

        with pytest.raises(NotImplementedError, match=name):
            hdf5.Network(str(path), input_shape=(5, 5, 2))


def test_lava_leaves_the_inputs_transform_to_its_caller():
    plain, scaled = encoder(), encoder(weight=128, bias=32)
    raw = (64 * VIDEO).astype(int)
    nets = [netx.load(spec.Network(x), arithmetic="lava") for x in (plain, scaled)]
    same = [net.run(raw, feed="neuron") for net in nets]
    np.testing.assert_array_equal(*same)
    trained = [netx.load(spec.Network(x)).run(VIDEO) for x in (plain, scaled)]
    assert (trained[0] != trained[1]).any()
    assert names(plain) == [] and names(scaled) == ["transform of the input"]


@pytest.mark.parametrize("name", LIMITS)
def test_a_deviation_starts_where_the_arithmetic_does(name):
    inside, outside = LIMITS[name]
    assert name not in names(inside) and name in names(outside)


def one(rng, *choices):
    return choices[rng.integers(len(choices))]


def drawn(seed):
    """A layer of any option that Lava may keep or not."""
    rng = np.random.default_rng(seed)
    low, high = one(rng, (-60, 61), (-128, 128), (0, 256), (-256, 0), (-99, 1))
    weight, imag = rng.integers(low, high, (2, 3, 3))
    decays = one(rng, (0, 300), (1024, 4096), (4096, 410), (900, [0, 9, 4096]))
    threshold = one(rng, 0, 1, -2, 100, 4095, 4096, 5000)
    fields = {
        "delay": one(rng, None, None, [0], [62], [3, 0, 1], [[0, 1, 2]] * 3),
        "weight_scale": one(rng, 64, 64, 64, 32, 128, 24),
        "delay_shift": one(rng, None, None, None, False),
    }
    if rng.random() < 0.3:
        kind = one(rng, spec.Rf, spec.RfIz)
        period = rng.uniform(4, 40)
        angle, size = 2 * np.pi / period, rng.uniform(0.8, 1) * 4096
        sine, cosine = int(size * np.sin(angle)), int(size * np.cos(angle))
        neuron = kind(sine, cosine, threshold)
        return spec.Dense((3,), weight, weight_imag=imag, neuron=neuron, **fields)
    neuron = spec.Cuba(*decays, threshold, weight_exp=one(rng, None, None, [0], [1]))
    fields["bias"] = one(rng, None, None, None, [0], [9])
    if rng.random() < 0.3:
        del fields["bias"]
        return spec.Recurrent((3,), weight, imag, neuron=neuron, **fields)
    return spec.Dense((3,), weight, neuron=neuron, **fields)


def test_layers_without_a_deviation_give_the_trainers_bits():
    told = 0
    for seed in range(1500):
        layer = drawn(seed)
        if spec.deviations(layer):
            continue
        told += 1
        data = np.random.default_rng(seed).integers(0, 2, (3, 40)).astype(float)
        network = spec.Network([layer])
        trained = netx.load(network).run(data)
        lava = netx.load(network, arithmetic="lava").run(data)
        np.testing.assert_array_equal(trained, lava, f"{seed}: {layer}")
    assert told > 100


@pytest.mark.parametrize(
    ("layers", "data"),
    [
        ([*dense(), spec.Recurrent((3,), WEIGHT.T[:3], SQUARE[:3, :3], neuron=cuba())],
         SPIKES),
        (dense(delay=[0, 3, 62, 1]), SPIKES),
        (conv(), IMAGE),
        (dense(), 3 * SPIKES),
        (encoder(), VIDEO),
        (spiking() + dense(), STILL),
    ],
)  # fmt: skip
def test_layers_without_deviation_are_equal_and_none_is_named(layers, data):
    report = verify(layers, data)
    assert report.equal and report.compared["lava"] > 0, str(report)
    assert names(layers) == []


def test_changing_input_of_spiking_input_layers_is_left_out_aloud():
    layers = encoder(cuba()) + dense()
    report = netx.verify(None, spec.Network(layers), VIDEO, reference=False)
    assert "takes one image" in report.left_out["lava"]
