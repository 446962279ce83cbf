"""Networks go to NIR and come back; what can't be said is refused, rounding is told."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl import spec
from lava.lib.dl.netx import convert
from lava.lib.dl.netx.cli import main

nir = pytest.importorskip("nir", reason="needs the extra lava-dl-netx[nir]")
TWO = np.ones(2)


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
    adding = spec.Dense((6,), weights(6, 4), neuron=spec.Cuba(4096, 0, 500))
    silent = spec.Cuba(900, 300, 262143)
    voltage = spec.Dense((3,), weights(3, 6), neuron=silent, readout="voltage")
    return spec.Network([*layers, adding, voltage, spec.Dense((2,), weights(2, 3))])


@pytest.mark.parametrize("dt", [1e-3, 1.0])
def test_networks_come_back_as_they_went(tmp_path, dt):
    notes = convert.to_nir(network(), tmp_path / "a.nir", dt)
    assert "NIR has no latency per layer" in notes[0]
    notes = convert.from_nir(tmp_path / "a.nir", tmp_path / "b.net", dt)
    assert [n for n in notes if "an IF of r" not in n] == [
        "spikes leave each layer one step later than in NIR, which has no latency per "
        "layer"
    ]
    assert spec.diff(network(), tmp_path / "b.net") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nir", "b.net"]


def lif(kind, **kwargs):
    return kind(**{"r": TWO, "v_threshold": TWO, **kwargs})


@pytest.mark.parametrize(
    ("neuron", "dt", "decays", "weight", "threshold"),
    [
        (lambda: lif(nir.IF), 1.0, (4096, 0), 64, 64),
        (lambda: lif(nir.IF), 1e-3, (4096, 0), 66, 65536),
        (
            lambda: lif(nir.LIF, tau=TWO * 0.004, v_leak=0 * TWO),
            1e-3,
            (4096, 1024),
            16,
            64,
        ),
    ],
)
def test_neurons_of_one_state_have_a_memoryless_current(
    tmp_path, write_graph, neuron, dt, decays, weight, threshold
):
    path = write_graph(2, nir.Linear(weight=np.eye(2)), neuron())
    convert.from_nir(path, tmp_path / "b.net", dt)
    layer = spec.read(tmp_path / "b.net")[1]
    assert (layer.neuron.current_decay, layer.neuron.voltage_decay) == decays
    assert layer.weight.tolist() == [[weight, 0], [0, weight]]
    assert layer.neuron.threshold == threshold


def notes_of(path, dt=1e-3, **options):
    return convert.from_nir(path, path.with_name("b.net"), dt, **options)


def layer_of(path, index=1):
    return spec.read(path.with_name("b.net"))[index]


def cuba(**changes):
    """Decays of 1/4 and 1/8, gain 1, threshold 1."""
    given = {
        "tau_syn": TWO * 0.004,
        "tau_mem": TWO * 0.008,
        "r": TWO * 8,
        "v_leak": 0 * TWO,
        "v_threshold": TWO,
        "w_in": TWO * 4,
    }
    return nir.CubaLIF(**{**given, **changes})


def test_every_rounding_is_told_with_its_size(write_graph):
    neuron = cuba(tau_syn=TWO * 0.0033, v_threshold=TWO * 1.003)
    path = write_graph(
        2,
        nir.Affine(weight=np.array([[0.3, 1e-5], [1, -1]]), bias=np.array([0, 0.03])),
        neuron,
        nir.Delay(delay=np.array([0.0031, 0.001])),
    )
    said = "\n".join(notes_of(path))
    assert "n0: weight rounded to 1/128: off by 0.0" in said
    assert "1 of 4 became 0" in said
    assert "n0: bias rounded to 1/128: off by" in said
    assert "n0: threshold rounded to 1/128: off by" in said
    assert "n0: decay of the current rounded to 1/4096: off by" in said
    assert "n0: delay rounded to steps of 0.001 s: off by 0.1 steps at most" in said
    assert "n0: bias acts from the first step, in NIR it grows over about 4" in said


def test_weight_scale_is_the_one_that_loses_least(write_graph):
    for weight, scale in [
        (1, 64),
        (0.25, 64),
        (1 / 128, 128),
        (3.9, 64),
        (0.01, 16384),
    ]:
        path = write_graph(2, nir.Linear(weight=np.eye(2) * weight))
        notes_of(path)
        assert layer_of(path).weight_scale == scale
    assert layer_of(path).weight.max() == 164
    assert "at most" in notes_of(path, weight_scale=80)[0]
    assert layer_of(path).weight_scale == 80


def test_weights_beyond_8_bits_scale_down_with_their_threshold(write_graph):
    path = write_graph(
        2, nir.Linear(weight=1000 * np.eye(2)), cuba(v_threshold=3e3 * TWO)
    )
    assert "scaled down by 0.25" in notes_of(path)[0]
    layer = layer_of(path)
    assert (layer.weight.max(), layer.neuron.threshold) == (250, 750)
    path = write_graph(2, nir.Linear(weight=1000 * np.eye(2)))
    with pytest.raises(ValueError, match="beyond 8 bits"):
        notes_of(path)


def test_graph_that_fails_the_type_check_is_read_with_a_note(write_graph):
    path = write_graph((1, 1, 2), nir.Linear(weight=np.eye(2)), cuba())
    notes = notes_of(path, input_shape=(2,))
    assert "fails NIR's type check" in notes[0]
    assert layer_of(path, 0).shape == (2,)


def test_recurrent_subgraph_is_opened(write_graph, tmp_path):
    inner = {
        "input": nir.Input({"input": np.array([2])}),
        "lif": cuba(),
        "w_rec": nir.Affine(weight=np.eye(2), bias=np.array([0.0, 0.25])),
        "output": nir.Output({"output": np.array([2])}),
    }
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    cell = nir.NIRGraph(inner, edges)
    path = write_graph(2, nir.Linear(weight=np.eye(2)), cell)
    notes_of(path)
    layer = layer_of(path)
    assert isinstance(layer, spec.Recurrent)
    assert layer.weight_rec.tolist() == [[64, 0], [0, 64]]
    assert layer.bias.tolist() == [0, 64]  # steady: 0.25 behind a filter of 4 steps


@pytest.mark.parametrize("dims", [(0, -1), (1, -1), (-3, -1), (1, 3)])
def test_flattening_makes_a_row_whatever_axes_it_names(write_graph, dims):
    shape = {"input": np.array([2, 3, 4])}
    flat = nir.Flatten(input_type=shape, start_dim=dims[0], end_dim=dims[1])
    path = write_graph((2, 3, 4), flat, nir.Linear(weight=np.ones((2, 24))))
    notes_of(path)
    assert layer_of(path).shape == (24,)


LINEAR = nir.Linear(weight=np.eye(2))
LEAKY = nir.LIF(tau=TWO * 0.004, r=TWO, v_leak=0 * TWO, v_threshold=TWO)
BAD_GRAPHS = {
    "shorter than one step": (LINEAR, cuba(tau_mem=TWO * 0.0005)),
    "would never fade": (LINEAR, cuba(tau_mem=TWO * 100)),
    "above v_reset": (LINEAR, cuba(v_threshold=0 * TWO)),
    "all weights of 1 neurons round to 0": (
        nir.Linear(weight=np.diag([200.0, 0.3])),
        cuba(v_threshold=np.array([1.0, 1.0])),
    ),
    "fire on their bias alone|whether they fire": (
        nir.Linear(weight=np.diag([200.0, 200.0])),
        cuba(v_leak=TWO * 1.2),
    ),
    "a delay of -0.001 s": (LINEAR, LEAKY, nir.Delay(delay=-0.001 * TWO)),
    "a delay must follow": (nir.Delay(delay=TWO), nir.Delay(delay=TWO)),
    "don't fit together": (LINEAR, nir.Linear(weight=np.ones((3, 3)))),
    "differs on its two sides": (
        nir.Conv2d((4, 4), np.ones((1, 2, 2, 2)), 1, "same", 1, 1, np.zeros(1)),
    ),
}


@pytest.mark.parametrize("message", list(BAD_GRAPHS))
def test_what_would_change_the_network_is_refused(message, write_graph, tmp_path):
    path = write_graph(2, *BAD_GRAPHS[message])
    with pytest.raises((NotImplementedError, ValueError), match=message):
        notes_of(path, input_shape=(2, 4, 4) if "sides" in message else None)
    assert not (tmp_path / "b.net").exists()


def test_graphs_that_are_no_chain_are_refused(write_graph):
    fork = [("input", "n0"), ("input", "n1"), ("n0", "output"), ("n1", "output")]
    with pytest.raises(NotImplementedError, match="only chains"):
        notes_of(write_graph(2, LINEAR, LINEAR, edges=fork))
    beside = [("input", "n0"), ("n0", "output"), ("n1", "n1"), ("n1", "n0")]
    with pytest.raises(NotImplementedError, match=r"doesn't lead to \['n1'\]"):
        notes_of(write_graph(2, LINEAR, LINEAR, edges=beside))
    with pytest.raises(NotImplementedError, match="2 inputs"):
        notes_of(write_graph(2, LINEAR, LINEAR, edges=[("n1", "n0"), *beside[:2]]))
    with pytest.raises(NotImplementedError, match="only neurons may"):
        notes_of(write_graph(2, LINEAR, loops=[("n0", LINEAR)]))


def test_file_that_is_no_graph_is_named(tmp_path):
    (tmp_path / "a.nir").write_text("no graph")
    with pytest.raises(ValueError, match=r"a\.nir is no NIR graph"):
        convert.from_nir(tmp_path / "a.nir", tmp_path / "b.net")


def dense(neuron, **options):
    return spec.Dense((1,), [[2]], neuron=neuron, **options)


REFUSED = {
    "type 'SDNN'": dense(spec.SigmaDelta(4)),
    "type 'ALIF'": dense(spec.Alif(9, 9, 9, 9, 80, 2)),
    "infinite time constant": dense(spec.Cuba(0, 9, 80)),
    "complex weights": dense(spec.Rf(9, 9, 80), weight_imag=[[2]]),
    "graded": dense(spec.Cuba(9, 9, 80, graded_spike=True)),
    "a threshold at the reset": dense(spec.Cuba(9, 9, 0)),
    "give input_shape": spec.Conv(
        (1, 2, 2), np.ones((1, 1, 3, 3)), neuron=spec.Cuba(9, 9, 80)
    ),
    "an input layer that does something": spec.Input((1,), weight=2),
    "a delay per synapse": spec.Dense(
        (2,), np.ones((2, 2)), delay=[[0, 1], [1, 0]], neuron=spec.Cuba(9, 9, 80)
    ),
    "delays of what a recurrent layer sends itself": spec.RecurrentDelay(
        (1,), [[2]], [[2]], delay_rec=[1], neuron=spec.Cuba(9, 9, 80)
    ),
    "means over steps": spec.Average((1,), time_factor=2),
}


@pytest.mark.parametrize("message", list(REFUSED))
def test_what_nir_cannot_say_is_refused(message, tmp_path):
    start = [spec.Input((1,))] if message.startswith("means") else []
    with pytest.raises((NotImplementedError, ValueError), match=message):
        convert.to_nir(spec.Network([*start, REFUSED[message]]), tmp_path / "a.nir")
    assert not any(tmp_path.iterdir())


def test_input_shape_must_fit_the_network(tmp_path):
    conv = spec.Conv((1, 2, 2), np.ones((1, 1, 3, 3)), neuron=spec.Cuba(9, 9, 80))
    convert.to_nir(spec.Network([conv]), tmp_path / "a.nir", input_shape=(1, 4, 4))
    assert nir.read(tmp_path / "a.nir").nodes["input"].input_type["input"].tolist() == [
        *(1, 4, 4)
    ]
    with pytest.raises(ValueError, match="input_shape"):
        convert.to_nir(spec.Network([conv]), tmp_path / "a.nir", input_shape=(1, 5, 4))


def test_command_takes_step_shape_and_scale(write_graph, tmp_path):
    path = write_graph(2, nir.Linear(weight=np.eye(2)), LEAKY)
    target = str(tmp_path / "b.net")

    def command(*args):
        return CliRunner().invoke(main, ["convert", *map(str, args)])

    result = command(path, target, "--dt", "0.002", "--weight-scale", "32")
    assert result.exit_code == 0, result.output
    assert "note: spikes leave each layer" in result.output
    layer = layer_of(path)
    assert (layer.neuron.voltage_decay, layer.weight_scale) == (2048, 32)
    wrong = command(path, target, "--input-shape", "3")
    assert wrong.exit_code == 2 and "don't fit together" in wrong.output
    back = command(target, tmp_path / "c.nir", "--weight-scale", "2")
    assert back.exit_code == 2 and "--weight-scale is for" in back.output
    assert command(target, tmp_path / "c.nir", "--dt", "0.002").exit_code == 0
    assert np.allclose(
        nir.read(tmp_path / "c.nir").nodes["layer_0002_neuron"].tau, 0.004
    )
