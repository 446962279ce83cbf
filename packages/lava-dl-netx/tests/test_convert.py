"""Networks go to NIR and come back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.netx import convert

nir = pytest.importorskip("nir", reason="needs the extra lava-dl-netx[nir]")


def network():
    rng = np.random.default_rng(5)

    def weights(*shape):
        return 2 * rng.integers(-60, 60, shape)

    conv = spec.Conv(
        (3, 3, 2),
        weights(3, 2, 3, 3),
        stride=(2, 2),
        neuron=spec.Cuba(1000, [100, 200, 300], 80),
        bias=[1, -2, 3],
    )
    delayed = spec.Dense(
        (5,), weights(5, 18), neuron=spec.Cuba(4096, 410, 60), delay=[0, 1, 2, 3, 4]
    )
    recurrent = spec.Recurrent(
        (4,), weights(4, 5), weights(4, 4), neuron=spec.Cuba(7, 9, 50)
    )
    layers = [spec.Input((2, 8, 6)), conv, spec.Flatten((18,)), delayed, recurrent]
    return spec.Network([*layers, spec.Dense((2,), weights(2, 4))])


@pytest.mark.parametrize("dt", [1e-3, 1.0])
def test_networks_come_back_as_they_went(tmp_path, dt):
    notes = convert.to_nir(network(), tmp_path / "a.nir", dt)
    assert "NIR has no latency per layer" in notes[0]
    assert convert.from_nir(tmp_path / "a.nir", tmp_path / "b.net", dt) == []
    assert spec.diff(network(), tmp_path / "b.net") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nir", "b.net"]


def graph(tmp_path, *nodes, edges=None):
    named = {f"n{i}": node for i, node in enumerate(nodes)}
    names = list(named)
    chain = list(pairwise(names)) if edges is None else edges
    nir.write(tmp_path / "a.nir", nir.NIRGraph(named, chain))
    return tmp_path / "a.nir"


def start(size=2):
    return nir.Input({"input": np.array([size])})


def end(size=2):
    return nir.Output({"output": np.array([size])})


def lif(kind, **kwargs):
    ones = np.ones(2)
    return kind(r=ones, v_threshold=ones, **kwargs)


@pytest.mark.parametrize(
    ("neuron", "decays", "weight"),
    [
        (lambda: lif(nir.IF), (4096, 0), 1),
        (
            lambda: lif(nir.LIF, tau=np.full(2, 0.004), v_leak=np.zeros(2)),
            (4096, 1024),
            16,
        ),
    ],
)
def test_neurons_of_one_state_have_a_memoryless_current(
    tmp_path, neuron, decays, weight
):
    dt = 1.0 if decays[1] == 0 else 1e-3
    synapse = nir.Linear(weight=np.eye(2) / (64 if dt == 1 else 1))
    path = graph(tmp_path, start(), synapse, neuron(), end())
    convert.from_nir(path, tmp_path / "b.net", dt)
    layer = spec.read(tmp_path / "b.net")[1]
    found = (layer.neuron.current_decay, layer.neuron.voltage_decay)
    assert found == decays
    assert layer.weight.tolist() == [[weight, 0], [0, weight]]
    assert layer.neuron.threshold == 64


def test_rounding_is_told(tmp_path):
    path = graph(tmp_path, start(), nir.Linear(weight=np.full((2, 2), 0.01)), end())
    notes = convert.from_nir(path, tmp_path / "b.net")
    assert notes == ["n1: weight rounded to 1/64: off by 0.0056 at most"]


def bad_graphs(tmp_path):
    linear = nir.Linear(weight=np.eye(2))
    tau = np.full(2, 0.004)
    leaky = lif(nir.LIF, tau=tau, v_leak=np.ones(2))
    yield graph(tmp_path, start(), nir.Linear(weight=9 * np.eye(2)), end()), "beyond"
    yield graph(tmp_path, start(), linear, leaky, end()), "v_leak"
    short = lif(nir.LIF, tau=tau / 8, v_leak=np.zeros(2))
    yield graph(tmp_path, start(), linear, short, end()), "shorter than one step"
    yield graph(tmp_path, start(), nir.Scale(scale=np.ones(2)), end()), "a Scale"
    fork = [("n0", "n1"), ("n0", "n2"), ("n1", "n3"), ("n2", "n3")]
    yield graph(tmp_path, start(), linear, linear, end(), edges=fork), "only chains"


def test_what_the_format_cannot_say_is_refused(tmp_path):
    for path, message in bad_graphs(tmp_path):
        with pytest.raises((NotImplementedError, ValueError), match=message):
            convert.from_nir(path, tmp_path / "b.net")
        assert not (tmp_path / "b.net").exists()


def test_file_that_is_no_graph_is_named(tmp_path):
    (tmp_path / "a.nir").write_text("no graph")
    with pytest.raises(ValueError, match=r"a\.nir is no NIR graph"):
        convert.from_nir(tmp_path / "a.nir", tmp_path / "b.net")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (spec.Dense((1,), [[2]], neuron=spec.SigmaDelta(4)), "type 'SDNN'"),
        (spec.Dense((1,), [[2]], neuron=spec.Cuba(0, 9, 80)), "infinite time constant"),
        (
            spec.Dense((1,), [[2]], neuron=spec.Rf(9, 9, 80), weight_imag=[[2]]),
            "complex weights",
        ),
        (
            spec.Dense(
                (2,), [[2] * 2] * 2, neuron=spec.Cuba(9, 9, 80, graded_spike=True)
            ),
            "graded",
        ),
        (
            spec.Conv((1, 2, 2), np.ones((1, 1, 3, 3)), neuron=spec.Cuba(9, 9, 80)),
            "input shape",
        ),
    ],
)
def test_what_nir_cannot_say_is_refused(layer, message, tmp_path):
    with pytest.raises(NotImplementedError, match=message):
        convert.to_nir(spec.Network([layer]), tmp_path / "a.nir")
    assert not any(tmp_path.iterdir())
