"""What a graph computes and what a network computes are the same spikes.

Every case is run: graphs by the interpreter beside this file, which shares nothing with
the converter, networks by the native runtime. A network that a graph became has one
step of latency per layer of neurons, so the interpreter is given the same.
"""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx import convert

nir = pytest.importorskip("nir", reason="needs the extra lava-dl-netx[nir]")

STEPS, DT = 120, 1e-3
FLAT, IMAGE = (12,), (2, 6, 6)


def rng(seed=1):
    return np.random.default_rng(seed)


def spikes(shape, rate=0.3):
    return (rng(7).random((*shape, STEPS)) < rate).astype(np.float32)


def weights(*shape):
    """Large ones: rounding of states is then far below the threshold."""
    return 2 * rng(3).integers(-90, 110, shape)


# Thresholds are odd and all else is even, so that no voltage ties with one.
CUBA = spec.Cuba(1024, 512, 2001)
LIF = spec.Cuba(4096, 512, 801)
IF = spec.Cuba(4096, 0, 3001)
SMALL = spec.Cuba(1024, 512, 301)
SILENT = spec.Cuba(1024, 512, 262143)
LEAK = spec.Cuba(4096, 512, 262143)
ADDS = spec.Cuba(4096, 0, 262143)


def dense(neuron, outputs=9, inputs=12, **options):
    return spec.Dense((outputs,), weights(outputs, inputs), neuron=neuron, **options)


def recurrent(neuron, **options):
    back = 2 * rng(8).integers(-40, 40, (9, 9))
    return spec.Recurrent((9,), weights(9, 12), back, neuron=neuron, **options)


def conv(neuron, weight=None, shape=(4, 3, 3), **options):
    weight = weights(4, 2, 3, 3) if weight is None else weight
    options = {"stride": (2, 2), "padding": (1, 1), **options}
    return spec.Conv(shape, weight, neuron=neuron, **options)


def pool(value, **options):
    kernel = np.full((1, 1, 2, 2), value)
    return spec.Pool((2, 3, 3), kernel, stride=(2, 2), **options)


BIAS = 2 * rng(5).integers(-100, 160, 9)
CONV_BIAS = 2 * rng(6).integers(-100, 110, 4)
EACH = 2 * rng(6).integers(-100, 110, (3, 3, 4))
DELAY = rng(6).integers(0, 7, 9)
NETWORKS = {
    "cuba": [dense(CUBA)],
    "cuba-bias": [dense(CUBA, bias=BIAS)],
    "cuba-bias-deep": [dense(CUBA, bias=BIAS), dense(SMALL, 5, 9, bias=BIAS[:5])],
    "lif": [dense(LIF)],
    "lif-bias": [dense(LIF, bias=BIAS)],
    "if-bias": [dense(IF, bias=BIAS)],
    "norm-exponent": [dense(CUBA, bias=BIAS, weight_scale=32)],
    "channels": [
        dense(spec.Cuba(np.arange(9) * 50 + 800, np.arange(9) * 60 + 200, 2501))
    ],
    "cuba-voltage": [dense(SILENT, bias=BIAS, readout="voltage")],
    "lif-voltage": [dense(LEAK, bias=BIAS, readout="voltage")],
    "if-voltage": [dense(ADDS, bias=BIAS, readout="voltage")],
    "sum": [dense(CUBA), dense(None, 4, 9)],
    "sum-of-neurons": [dense(CUBA, readout="sum")],
    "sigma": [dense(spec.Sigma())],
    "recurrent": [recurrent(CUBA)],
    "recurrent-bias": [recurrent(CUBA, bias=BIAS)],
    "recurrent-lif": [recurrent(LIF, bias=BIAS)],
    "winners": [
        spec.Kwta((9,), weights(9, 12), 2, 40, inhibition=-30, drive=30, neuron=LIF)
    ],
    "delay": [dense(CUBA, delay=DELAY), dense(SMALL, 5, 9, delay=[3])],
    "delay-of-inputs": [dense(CUBA, delay=np.arange(12) % 5, bias=BIAS)],
    "conv": [conv(CUBA)],
    "conv-bias": [conv(CUBA, bias=CONV_BIAS), spec.Flatten((36,)), dense(CUBA, 5, 36)],
    "conv-bias-each": [conv(CUBA, bias=EACH)],
    "conv-lif-bias-each": [conv(LIF, bias=EACH)],
    "conv-groups": [conv(CUBA, weights(4, 1, 3, 3), groups=2)],
    "conv-delay": [conv(CUBA, delay=[0, 2, 1, 5])],
    "conv-kernel": [conv(SMALL, weights(4, 2, 3, 1), (4, 3, 4))],
    "conv-dilated": [conv(CUBA, dilation=(2, 2), padding=(2, 2))],
    "sum-pool": [pool(64), conv(CUBA, stride=(1, 1))],
    "average-pool": [pool(16), conv(CUBA, stride=(1, 1))],
    "pool-neurons": [pool(70, neuron=SMALL)],
    "pool-weights": [
        spec.Pool((2, 6, 6), [[[[254]]]], neuron=spec.Cuba(1024, 512, 2401))
    ],
    "image-to-row": [dense(CUBA, 9, 72)],
    "average": [dense(CUBA), spec.Average((3,)), dense(spec.Cuba(1024, 512, 61), 4, 3)],
}
IMAGES = ("conv", "pool", "image", "sum-pool", "average-pool")


def network(name):
    layers = list(NETWORKS[name])
    shape = IMAGE if name.startswith(IMAGES) else FLAT
    if name == "norm-exponent":
        exponent = spec.Cuba(1024, 512, 1601, weight_exp=[-1, 1, 0] * 3)
        layers = [dense(exponent, bias=BIAS)]
    return spec.Network([spec.Input(shape), *layers]), spikes(shape)


def compute(path, data):
    return netx.load(path)(data[None], layout="chw")[0]


def same(ours, theirs):
    """All spikes but one or a few in a thousand, read-outs to a thousandth."""
    assert ours.shape == theirs.shape
    if set(np.unique(theirs)) <= {0, 1}:
        assert 0.02 * theirs.size < theirs.sum() < 0.9 * theirs.size
        assert (ours != theirs).sum() <= max(2, 0.004 * theirs.sum())
    else:
        assert np.abs(ours - theirs).max() <= 1e-3 * np.abs(theirs).max()


@pytest.mark.parametrize("name", list(NETWORKS))
def test_graph_computes_what_the_network_does(name, tmp_path, run_graph):
    net, data = network(name)
    spec.write(net, tmp_path / "a.net")
    notes = convert.to_nir(tmp_path / "a.net", tmp_path / "a.nir", DT)
    unchecked = any("type_check=False" in note for note in notes)
    graph = nir.read(tmp_path / "a.nir", type_check=not unchecked)
    ours = compute(tmp_path / "a.net", data)
    same(ours, run_graph(graph, data, DT, latency=1))
    notes = convert.from_nir(tmp_path / "a.nir", tmp_path / "b.net", DT)
    same(compute(tmp_path / "b.net", data), ours)


def even(values):
    """Whole numbers of 1/32, of which a file's weights keep every bit."""
    return np.rint(np.asarray(values) * 32) / 32


def kernel(*shape, scale=0.4):
    return even(rng(9).normal(0.1, scale, shape))


THRESHOLD = 161 / 64


def full(value, shape=(9,)):
    return np.full(shape, value, float)


def linear(inputs=12, outputs=9, scale=0.4):
    return nir.Linear(weight=kernel(outputs, inputs, scale=scale))


def affine(inputs=12, outputs=9, scale=0.4):
    bias = even(rng(2).normal(0.05, 0.1, outputs))
    return nir.Affine(weight=kernel(outputs, inputs, scale=scale), bias=bias)


def cuba(shape=(9,), kind=nir.CubaLIF, **changes):
    rates = {"tau_syn": full(0.004, shape), "tau_mem": full(0.008, shape)}
    factors = {"r": full(16, shape), "w_in": full(2, shape)}
    level = {"v_threshold": full(THRESHOLD, shape)} if kind is nir.CubaLIF else {}
    leak = {"v_leak": full(0, shape)}
    return kind(**{**rates, **factors, **leak, **level, **changes})


def lif(shape=(9,), **changes):
    rates = {"tau": full(0.008, shape), "r": full(8, shape)}
    level = {"v_threshold": full(THRESHOLD, shape), "v_leak": full(0, shape)}
    return nir.LIF(**{**rates, **level, **changes})


def integrate(shape=(9,), r=1 / DT):
    return nir.IF(r=full(r, shape), v_threshold=full(THRESHOLD, shape))


def conv1d(groups=1, padding=1):
    weight = kernel(4, 6 // groups, 3)
    return nir.Conv1d(12, weight, 2, padding, 1, groups, full(1 / 16, (4,)))


def conv2d(groups=1, padding=(1, 1), given=(6, 6), stride=(2, 2)):
    weight = kernel(4, 2 // groups, 3, 3)
    return nir.Conv2d(
        given, weight, stride, padding, (1, 1), groups, full(1 / 16, (4,))
    )


def pooled(kind, size=2, padding=0):
    pair = np.array([size, size])
    return kind(kernel_size=pair, stride=pair, padding=np.array([padding] * 2))


def flatten(shape):
    return nir.Flatten({"input": np.array(shape)}, 0, -1)


RESET = full(0.25)
LEAK_OF_EACH = even(rng(1).normal(0, 0.5, 9)) * 16
GRAPHS = {
    "cuba": (FLAT, linear(), cuba(v_leak=LEAK_OF_EACH)),
    "cuba-rest": (FLAT, linear(), cuba(v_leak=RESET, v_reset=RESET)),
    "lif": (FLAT, affine(), lif(v_leak=LEAK_OF_EACH)),
    "thresholds": (FLAT, affine(), lif(v_threshold=np.array([1, 2, 4] * 3) * 33 / 64)),
    "if": (FLAT, affine(), integrate()),
    "if-of-seconds": (FLAT, nir.Linear(weight=1000 * kernel(9, 12)), integrate(r=1)),
    "li": (FLAT, affine(), nir.LI(tau=full(0.008), r=full(4), v_leak=full(0.25))),
    "i": (FLAT, affine(), nir.I(r=full(500))),
    "cuba-li": (FLAT, linear(), cuba(kind=nir.CubaLI, v_leak=full(0.3))),
    "threshold": (FLAT, affine(), nir.Threshold(threshold=full(41 / 64))),
    "affine": (FLAT, affine()),
    "chain": (FLAT, affine(), linear(9, 6), lif((6,)), linear(6, 6), integrate((6,))),
    "neurons-alone": (FLAT, lif((12,), r=full(16, (12,)))),
    "neurons-of-images": (IMAGE, integrate(IMAGE)),
    "scale": (FLAT, nir.Scale(scale=even(rng(1).normal(0, 3, 12))), lif((12,))),
    "scale-of-channels": (
        IMAGE,
        nir.Scale(
            scale=np.broadcast_to(np.array([1.0, 3])[:, None, None], IMAGE).copy()
        ),
        lif(IMAGE),
    ),
    "delays": (FLAT, linear(), lif(), nir.Delay(delay=np.arange(9) * DT)),
    "delays-before": (FLAT, nir.Delay(delay=np.arange(12) % 4 * DT), affine(), lif()),
    "common-delay": (FLAT, nir.Delay(delay=full(3 * DT, FLAT)), linear(), lif()),
    "delay-of-sums": (FLAT, linear(), nir.Delay(delay=full(3 * DT)), lif()),
    "conv1d": ((6, 12), conv1d(), lif((4, 6))),
    "conv1d-groups": ((6, 12), conv1d(groups=2), lif((4, 6))),
    "conv2d": (IMAGE, conv2d(), lif((4, 3, 3))),
    "conv2d-groups": (IMAGE, conv2d(groups=2), lif((4, 3, 3))),
    "conv2d-same": (IMAGE, conv2d(padding="same", stride=(1, 1)), lif((4, 6, 6))),
    "conv2d-valid": (IMAGE, conv2d(padding="valid"), lif((4, 2, 2))),
    "sum-pool": (IMAGE, pooled(nir.SumPool2d), flatten((2, 3, 3)), linear(18), lif()),
    "average-pool": (IMAGE, pooled(nir.AvgPool2d, 3), conv2d(), lif((4, 1, 1))),
    "pool-left-over": (
        IMAGE,
        pooled(nir.SumPool2d, 4),
        flatten((2,)),
        linear(2),
        lif(),
    ),
    "pool-neurons": (
        IMAGE,
        pooled(nir.AvgPool2d),
        lif((2, 3, 3), r=full(16, (2, 3, 3))),
    ),
    "pool-padding": (
        IMAGE,
        pooled(nir.AvgPool2d, 4, 1),
        lif((2, 2, 2), r=full(64, (2, 2, 2))),
    ),
}
LOOPS = {
    "loop": (affine(scale=0.4), lif(), nir.Linear(weight=kernel(9, 9))),
    "loop-bias": (affine(), lif(), affine(9, scale=0.2)),
    "loop-integrators": (linear(), integrate(), affine(9, scale=0.2)),
}


@pytest.mark.parametrize("name", [*GRAPHS, *LOOPS])
def test_network_computes_what_the_graph_does(name, write_graph, run_graph):
    shape, *nodes = GRAPHS.get(name) or (FLAT, *LOOPS[name][:2])
    loops = [("n1", LOOPS[name][2])] if name in LOOPS else []
    path = write_graph(shape, *nodes, loops=loops)
    convert.from_nir(path, path.with_name("b.net"), DT)
    data = spikes(shape)
    ours = compute(path.with_name("b.net"), data.reshape(*spec_shape(shape), STEPS))
    theirs = run_graph(nir.read(path, type_check=False), data, DT, latency=1)
    close(ours, theirs.reshape(ours.shape))


def spec_shape(shape):
    return (shape[0], 1, shape[1]) if len(shape) == 2 else shape


def close(ours, theirs):
    """Numbers of these graphs fit a file, so that only rounding of states is left."""
    if set(np.unique(theirs)) <= {0, 1}:
        assert 0.02 * theirs.size < theirs.sum() < 0.98 * theirs.size
        assert (ours != theirs).sum() <= 0.01 * theirs.sum()
    else:
        assert np.abs(ours - theirs).max() <= 1e-3 * np.abs(theirs).max()


def test_bias_before_a_current_is_steady_after_the_time_that_the_note_says(
    write_graph, run_graph
):
    path = write_graph(FLAT, affine(), cuba(kind=nir.CubaLI))
    (note, *_) = (
        n for n in convert.from_nir(path, path.with_name("b.net"), DT) if "grows" in n
    )
    worst = float(note.rsplit("off by ", 1)[1].split()[0])
    silent = np.zeros((*FLAT, STEPS), np.float32)
    ours = compute(path.with_name("b.net"), silent)
    theirs = run_graph(nir.read(path, type_check=False), silent, DT)
    off = np.abs(ours - theirs).max()
    assert 0.9 * worst < off < 1.1 * worst
    assert np.allclose(ours[:, -1], theirs[:, -1], rtol=0.01, atol=0.01)
