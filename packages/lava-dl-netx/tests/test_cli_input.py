"""How the command line reads a network's input."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from lava.lib.dl import spec
from lava.lib.dl.netx.cli import main
from lava.lib.dl.netx.cli._options import read_input, shape_in

DATA = np.arange(6).reshape(2, 3)


def test_array_files_are_read(tmp_path):
    np.save(tmp_path / "a.npy", DATA)
    np.savez(tmp_path / "one.npz", whatever=DATA)
    np.savez(tmp_path / "many.npz", input=DATA, other=0)
    for name in ("a.npy", "one.npz", "many.npz"):
        np.testing.assert_array_equal(read_input(tmp_path / name, (2,)), DATA)
    assert read_input(tmp_path / "many.npz", (2,), key="other") == 0


@pytest.mark.parametrize(
    ("layout", "shape", "sensor", "index"),
    [
        ("whc", (3, 4, 2), None, (2, 1, 1, 0)),
        ("chw", (3, 4, 2), None, (1, 1, 2, 0)),
        ("whc", (24,), (3, 4, 2), ((1 * 4 + 1) * 3 + 2, 0)),
    ],
)
def test_events_are_put_in_the_order_asked_for(tmp_path, layout, shape, sensor, index):
    (tmp_path / "a.bs2").write_bytes(bytes((2, 1, 0x80, 0, 0)))
    spikes = read_input(tmp_path / "a.bs2", shape, layout=layout, sensor=sensor)
    assert spikes.sum() == 1 and spikes[index] == 1


@pytest.mark.parametrize("axes", [(9,), (4, 9)])
def test_shape_is_that_of_the_input(tmp_path, axes):
    sizes = (*axes[:-1], 5, 3, 2, axes[-1])  # of one sample or of a batch
    np.save(tmp_path / "a.npy", np.zeros(sizes, np.uint8))
    np.save(tmp_path / "flat.npy", np.zeros((5, 9)))
    assert shape_in(tmp_path / "a.npy", "whc") == (5, 3, 2)
    assert shape_in(tmp_path / "a.npy", "chw") == (2, 3, 5)
    assert shape_in(tmp_path / "flat.npy", "whc") is None
    assert shape_in(tmp_path / "a.bs2", "whc", sensor=(34, 34, 2)) == (34, 34, 2)
    assert shape_in(tmp_path / "a.txt", "whc") is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", b"", "no whole array file"),
        ("a.npz", b"PK\x03\x04 cut short", "no whole array file"),
        ("a.npy", b"no array at all", "pickled|allow_pickle"),
        ("a.txt", b"", "input files end in one of .npy, .npz, .bs1, .bs2, .bin"),
    ],
)
def test_bad_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_input(tmp_path / name, (2,))


def test_arrays_of_an_archive_are_named(tmp_path):
    np.savez(tmp_path / "many.npz", first=DATA, other=0)
    with pytest.raises(ValueError, match="holds first, other; name one of them"):
        read_input(tmp_path / "many.npz", (2,))


@pytest.mark.parametrize(
    ("command", "option"),
    [("run", "--input-shape W,H,C"), ("convert", "--input-shape C,H,W")],
)
def test_a_missing_shape_names_the_option_of_the_command(tmp_path, command, option):
    if command == "convert":
        pytest.importorskip("nir", reason="needs the extra [nir]")
    source = tmp_path / "kernel.net"
    neuron = spec.Cuba(1024, 300, 60)
    layer = spec.Conv((2, 3, 3), np.ones((2, 1, 3, 3)), neuron=neuron)
    spec.write(spec.Network([layer]), source)
    np.save(tmp_path / "input.npy", np.zeros((25, 4)))
    rest = {"run": "input.npy", "convert": "kernel.nir"}[command]
    result = CliRunner().invoke(main, [command, str(source), str(tmp_path / rest)])
    assert result.exit_code == 2
    assert f"doesn't say the shape of its input; give {option}" in result.stderr
