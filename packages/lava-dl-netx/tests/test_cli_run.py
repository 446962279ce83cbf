"""The command line runs, compares and profiles recorded networks for real."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl import netx, spec
from lava.lib.dl.netx.cli import main

pytestmark = pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning")


@pytest.fixture
def invoke(reference, arrays_of, tmp_path):
    """Run a command on a recorded network and its input."""
    recorded = arrays_of("netx/cuba_dense.npz")
    np.save(tmp_path / "input.npy", recorded["input"])

    def invoke(command, *args):
        first = [command, reference("netx/cuba_dense.net")]
        given = ["--input"] if command == "compare" else []
        line = [*first, *given, tmp_path / "input.npy", "--steps", "50", *args]
        result = CliRunner().invoke(main, [str(arg) for arg in line])
        assert result.exit_code == 0, result.output
        return result.stdout, recorded

    return invoke


def test_recorded_output_is_written(invoke, tmp_path):
    out = tmp_path / "output.npy"
    _, recorded = invoke("run", "--arithmetic", "lava", "-o", out)
    np.testing.assert_array_equal(np.load(out), recorded["output"])


def test_both_arithmetics_agree_where_nothing_deviates(invoke):
    assert invoke("compare")[0] == "equal\n"


def test_events_are_counted(invoke):
    text, recorded = invoke("profile", "--arithmetic", "lava", "--json")
    first, last = json.loads(text)["layers"]
    assert first["events"] == np.count_nonzero(recorded["layer0"])
    assert last["events"] == np.count_nonzero(recorded["output"])
    assert last["neuron_updates"] == 8 * 50


@pytest.fixture
def image_network(tmp_path):
    """A file that starts with spiking input neurons, and an image for them."""
    neuron = spec.Cuba(4096, 100, 900)
    layers = [spec.Input((3, 2, 2), neuron=neuron)]
    path = tmp_path / "image.net"
    spec.write(spec.Network(layers), path)
    image = np.arange(12).reshape(2, 2, 3, 1) * 20
    np.save(tmp_path / "image.npy", image)
    return path, tmp_path / "image.npy"


def test_a_bias_stays_for_long_runs(image_network, tmp_path):
    path, image = image_network
    line = ["run", path, image, "--arithmetic", "lava", "--feed", "bias"]
    line += ["--steps", "2500", "-o", tmp_path / "out.npy"]
    result = CliRunner().invoke(main, [str(arg) for arg in line])
    assert result.exit_code == 0, result.output
    net = netx.load(path, arithmetic="lava")
    wanted = net.run(np.load(image), 2500, feed="bias")
    assert wanted[..., 2000:].any()
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), wanted)


def test_the_first_convolution_takes_the_inputs_shape(tmp_path):
    weight = np.full((2, 2, 3, 3), 20)
    layer = spec.Conv((2, 3, 4), weight, neuron=spec.Cuba(1024, 300, 60))
    spec.write(spec.Network([layer]), tmp_path / "conv.net")
    np.save(tmp_path / "in.npy", np.ones((6, 5, 2, 30), np.uint8))
    line = ["run", tmp_path / "conv.net", tmp_path / "in.npy"]
    result = CliRunner().invoke(main, [str(arg) for arg in line])
    assert result.exit_code == 0, result.output
    assert "4x3x2 neurons, 30 steps" in result.stdout
