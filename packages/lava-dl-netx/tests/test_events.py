"""Event files become arrays as the trainer reads them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lava.lib.dl.netx._events import read_events


@pytest.mark.parametrize("name", ["events_1d.bs1", "events_2d.bs2"])
def test_files_of_upstream_are_read(name, reference):
    entry = json.loads(reference("slayer/io.json").read_text())[name]
    wanted = entry["read_back"]
    # Upstream's writer loses the high byte of neuron 300 in the one-dimensional file.
    events = read_events(reference(f"slayer/{name}"))
    assert events.x.tolist() == wanted["x"]
    assert events.y.tolist() == (wanted["y"] or [0] * len(wanted["x"]))
    assert events.channel.tolist() == wanted["c"]
    np.testing.assert_allclose(events.time / 1000, wanted["t"], rtol=0, atol=1e-9)


def packed(*rows):
    return b"".join(bytes(row) for row in rows)


def test_time_has_23_bits_of_microseconds(tmp_path):
    path = tmp_path / "one.bs2"
    path.write_bytes(packed((3, 4, 0x80 | 0x7F, 0xFF, 0xFE), (1, 2, 0, 0x03, 0xE8)))
    events = read_events(path)
    assert events.x.tolist() == [3, 1] and events.y.tolist() == [4, 2]
    assert events.channel.tolist() == [1, 0]
    assert events.time.tolist() == [2**23 - 2, 1000]


def test_neurons_of_1d_events_have_16_bits(tmp_path):
    path = tmp_path / "one.bs1"
    path.write_bytes(packed((1, 44, 0, 0, 0)))
    assert read_events(path).x.tolist() == [300]


def test_events_fall_into_steps(tmp_path):
    path = tmp_path / "n.bin"
    path.write_bytes(packed((0, 1, 0x80, 0x07, 0xD0), (2, 0, 0, 0x0F, 0xA0)))
    spikes = read_events(path).to_array((3, 2, 2), step_time=2.0)
    assert spikes.shape == (3, 2, 2, 3) and spikes.sum() == 2
    assert spikes[0, 1, 1, 1] == spikes[2, 0, 0, 2] == 1


def test_flat_inputs_take_channels_one_after_another(tmp_path):
    path = tmp_path / "n.bs1"
    path.write_bytes(packed((0, 1, 0x80, 0, 0), (0, 2, 0, 0, 0)))
    assert np.flatnonzero(read_events(path).to_array((8,))).tolist() == [2, 5]


@pytest.mark.parametrize(
    ("name", "content", "shape", "message"),
    [
        ("a.bs1", b"1234", (3,), "4 bytes are not a multiple of 5"),
        ("a.txt", b"", (3,), "event files end in .bs1, .bs2, .bin"),
        ("a.bs2", bytes((9, 0, 0, 0, 0)), (3, 3, 2), "an event has x 9, but"),
        ("a.bs2", bytes((1, 1, 0, 0, 0)), (3,), "give the sensor's shape"),
    ],
)
def test_bad_files_are_named(name, content, shape, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_events(tmp_path / name).to_array(shape)


def test_a_file_without_events_gives_no_steps(tmp_path):
    (tmp_path / "a.bs1").write_bytes(b"")
    assert read_events(tmp_path / "a.bs1").to_array((3,)).shape == (3, 0)
