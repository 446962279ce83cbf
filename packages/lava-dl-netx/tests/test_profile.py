"""A profile of a network that the plain-integer reference runs."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._profile import profile
from lava.lib.dl.netx.cli import main
from lava.lib.dl.spec import reference

CUBA = spec.Cuba(2048, 512, 40)
RNG = np.random.default_rng(3)


class ReferenceRuntime:
    """The spec's own meaning of a file behind the runtime's interface."""

    def __init__(
        self, source, *, arithmetic="trained", num_layers=None, input_shape=None
    ):
        network = source if isinstance(source, spec.Network) else spec.read(source)
        self.network = spec.Network(network.layers[:num_layers])
        self.options = {"arithmetic": arithmetic}
        first = network[0]
        flat = (getattr(first, "in_features", 0),)
        self.input_shape = (first.shape if isinstance(first, spec.Input) else flat)[
            ::-1
        ]
        self.reset()

    def reset(self):
        self.past = []

    def run(self, data, steps, *, feed="inp", layout="whc"):
        assert feed == "inp"
        if layout == "whc" and data.ndim == 4:
            data = data.transpose(2, 1, 0, 3)
        rows = data.reshape(-1, data.shape[-1]).T
        self.past += np.pad(rows, ((0, steps - len(rows)), (0, 0))).tolist()
        shape = data.shape[:-1]
        traces = reference.run(self.network, self.past, shape)
        found = np.array(traces[-1].output[-steps:], float)
        spatial = self.network[-1].shape
        found = found.T.reshape(*spatial, steps)
        return (
            found.transpose(2, 1, 0, 3)
            if layout == "whc" and found.ndim == 4
            else found
        )

    def __call__(self, batch, **how):
        def alone(sample):
            self.reset()
            return self.run(sample, sample.shape[-1], **how)

        return np.stack([alone(sample) for sample in batch])


@pytest.fixture
def network():
    weight = 2 * RNG.integers(-20, 40, (3, 2, 3, 3))
    conv = spec.Conv((3, 3, 2), weight, stride=(2, 2), neuron=CUBA)
    dense = spec.Dense((4,), 2 * RNG.integers(-20, 40, (4, 18)), neuron=CUBA)
    layers = [spec.Input((2, 8, 6)), conv, spec.Flatten((18,)), dense]
    return spec.Network(layers)


@pytest.fixture(autouse=True)
def load(monkeypatch):
    monkeypatch.setattr(netx, "load", ReferenceRuntime, raising=False)


@pytest.fixture
def spikes():
    """(width, height, channels, steps)."""
    return (RNG.random((6, 8, 2, 12)) < 0.3).astype(int)


def test_events_of_a_layer_are_those_that_the_next_receives(network, spikes):
    found = profile(network, spikes)
    conv, flatten, dense = found.layers
    assert conv.input_events == spikes.sum()
    assert conv.events == flatten.input_events == flatten.events == dense.input_events
    assert conv.events > 0 and dense.events > 0
    assert [layer.name for layer in found.layers] == ["1 conv", "2 flatten", "3 dense"]
    assert (conv.neuron_updates, dense.neuron_updates) == (18 * 12, 4 * 12)
    assert (found.samples, found.steps) == (1, 12)
    assert found.total["events"] == sum(layer.events for layer in found.layers)


def test_batches_and_layouts_and_runtimes_count_alike(network, spikes):
    once = profile(network, spikes)
    runtime = ReferenceRuntime(network)
    chw = profile(runtime, spikes.transpose(2, 1, 0, 3), layout="chw")
    twice = profile(network, np.stack([spikes, spikes]))
    for layer, same, double in zip(once.layers, chw.layers, twice.layers, strict=True):
        assert same.synaptic_operations == layer.synaptic_operations
        assert double.synaptic_operations == 2 * layer.synaptic_operations
        assert double.events == 2 * layer.events
    assert twice.samples == 2


def test_steps_beyond_the_input_are_silent(network, spikes):
    found = profile(network, spikes, steps=15)
    assert found.steps == 15
    assert found.layers[0].input_events == spikes.sum()


def test_input_of_the_wrong_rank_is_refused(network):
    with pytest.raises(ValueError, match=r"needed is \(width, height, channels, steps"):
        profile(network, np.zeros((6, 8)))


def test_network_without_work_is_refused():
    with pytest.raises(ValueError, match="nothing to profile"):
        profile(spec.Network([spec.Input((3,))]), np.zeros((3, 4)))


def test_text_and_json_mark_estimates_with_their_source(network, spikes):
    found = profile(network, spikes)
    text = str(found)
    assert "~cores: estimate from the limits" in text
    assert "~energy: estimate from Loihi's figures in Davies et al." in text
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["layers"][0]["synaptic_operations"] > 0
    assert set(plain["estimates"]) == {"cores", "energy"}


class Tags(HTMLParser):
    """Checks that tags close and collects what might load something."""

    VOID = ("meta", "rect", "path")

    def __init__(self):
        super().__init__()
        self.open, self.outside, self.seen = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in self.VOID or self.open.pop() == tag


def test_page_needs_nothing_but_itself(network, spikes):
    page = profile(network, spikes).to_html()
    tags = Tags()
    tags.feed(page)
    assert not tags.open and not tags.outside
    assert {"table", "svg", "path", "rect"} <= tags.seen
    assert "script" not in tags.seen and "@import" not in page and "url(" not in page


@pytest.fixture
def files(network, spikes, tmp_path):
    spec.write(network, tmp_path / "n.net")
    np.save(tmp_path / "x.npy", spikes)
    return tmp_path


def invoke(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_profile_command_writes_text_json_and_a_page(files):
    result = invoke("profile", files / "n.net", files / "x.npy")
    assert result.exit_code == 0, result.output
    assert "1 conv" in result.output and "estimate" in result.output
    page = files / "p.html"
    result = invoke(
        "profile", files / "n.net", files / "x.npy", "--json", "--html", page
    )
    assert json.loads(result.output)["samples"] == 1
    assert page.read_text().startswith("<!doctype html>")


def test_run_command_writes_what_the_runtime_gives(files, spikes, network):
    wanted = ReferenceRuntime(network).run(spikes, 14)
    out = files / "y.npy"
    result = invoke("run", files / "n.net", files / "x.npy", "--steps", 14, "-o", out)
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(out), wanted)
    events = int(np.count_nonzero(wanted))
    assert result.stdout == f"4 neurons, 14 steps, {events} events -> {out}\n"
    invoke(
        "run", files / "n.net", files / "x.npy", "--steps", 14, "-o", files / "y.json"
    )
    written = json.loads((files / "y.json").read_text())
    rebuilt = np.zeros_like(wanted)
    rebuilt[(*np.array(written["index"]).T, written["step"])] = written["value"]
    np.testing.assert_array_equal(rebuilt, wanted)


def test_long_runs_in_pieces_equal_whole_ones(files, spikes, network, monkeypatch):
    monkeypatch.setattr("lava.lib.dl.netx.cli._run.CHUNK", 5)
    invoke("run", files / "n.net", files / "x.npy", "-o", files / "y.npy")
    wanted = ReferenceRuntime(network).run(spikes, 12)
    np.testing.assert_array_equal(np.load(files / "y.npy"), wanted)


def test_batches_run_from_reset(files, spikes):
    np.save(files / "b.npy", np.stack([spikes, spikes]))
    invoke("run", files / "n.net", files / "b.npy", "-o", files / "y.npy")
    first, second = np.load(files / "y.npy")
    np.testing.assert_array_equal(first, second)


def test_comparison_of_outputs_tells_the_first_difference(files, network):
    assert invoke("compare", files / "n.net", "--input", files / "x.npy").exit_code == 0
    other = spec.Dense((4,), np.zeros((4, 18), int), neuron=CUBA)
    spec.write(spec.Network([*network.layers[:3], other]), files / "o.net")
    result = invoke(
        "compare", files / "n.net", files / "o.net", "--input", files / "x.npy"
    )
    assert result.exit_code == 1
    assert "first at step " in result.output
    assert "output values differ" in result.output


def test_nothing_is_written_where_the_run_fails(files):
    np.save(files / "bad.npy", np.zeros((6, 8, 2, 12)).astype(str))
    before = sorted(files.iterdir())
    result = invoke("run", files / "none.net", files / "x.npy", "-o", files / "z.npy")
    assert result.exit_code == 2 and "there is no file" in result.stderr
    result = invoke("run", files / "n.net", files / "x.npy", "-o", files / "z.txt")
    assert result.exit_code == 2
    assert sorted(files.iterdir()) == before
