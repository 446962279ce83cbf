"""Event files against recorded bytes, round trips and damage."""

import json

import numpy as np
import pytest

from lava.lib.dl.slayer import io

BINARY = {
    "events_1d.bs1": (io.read_1d_spikes, io.encode_1d_spikes),
    "events_2d.bs2": (io.read_2d_spikes, io.encode_2d_spikes),
}
NUMPY = {"events_1d.npy": 1, "events_2d.npy": 2}


@pytest.fixture
def recorded(reference):
    return json.loads(reference("slayer/io.json").read_text())


def event_of(fields):
    return io.Event(fields["x"], fields["y"], fields["c"], np.array(fields["t"]))


def assert_same(event, fields):
    assert event.x.tolist() == fields["x"]
    assert event.c.tolist() == fields["c"]
    assert event.y.tolist() == fields["y"]
    np.testing.assert_allclose(event.t, fields["t"])


@pytest.mark.parametrize("name", BINARY)
def test_reading_gives_the_recorded_events(recorded, reference, name):
    read, _ = BINARY[name]
    assert_same(read(reference(f"slayer/{name}")), recorded[name]["read_back"])


@pytest.mark.parametrize("name", NUMPY)
def test_reading_arrays_gives_the_recorded_events(recorded, reference, name):
    event = io.read_np_spikes(reference(f"slayer/{name}"))
    assert event.dim == NUMPY[name]
    assert_same(event, recorded[name]["read_back"])


def test_two_dimensional_events_give_the_recorded_bytes(recorded, tmp_path):
    entry = recorded["events_2d.bs2"]
    io.encode_2d_spikes(tmp_path / "e", event_of(entry["written"]))
    assert (tmp_path / "e").read_bytes().hex() == entry["hex"]


def test_neurons_beyond_255_keep_their_high_byte(recorded, tmp_path):
    fields = recorded["events_1d.bs1"]["written"]
    assert max(fields["x"]) > 255
    io.encode_1d_spikes(tmp_path / "e", event_of(fields))
    back = io.read_1d_spikes(tmp_path / "e")
    assert back.x.tolist() == fields["x"]
    np.testing.assert_allclose(back.t, fields["t"], atol=5e-4)


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1.0])
def test_arrays_come_back_in_any_time_unit(tmp_path, unit):
    event = io.Event([1, 2], [0, 3], [0, 1], np.array([0.25, 4.0]))
    io.encode_np_spikes(tmp_path / "e.npy", event, time_unit=unit)
    back = io.read_np_spikes(tmp_path / "e.npy", time_unit=unit)
    np.testing.assert_allclose(back.t, event.t)
    assert back.y.tolist() == [0, 3]


@pytest.mark.parametrize("name", BINARY)
def test_a_cut_file_is_refused(tmp_path, name):
    (tmp_path / "e").write_bytes(b"\0" * 7)
    with pytest.raises(ValueError, match="multiple of 5"):
        BINARY[name][0](tmp_path / "e")


@pytest.mark.parametrize("name", BINARY)
def test_an_empty_file_has_no_events(tmp_path, name):
    (tmp_path / "e").write_bytes(b"")
    assert len(BINARY[name][0](tmp_path / "e")) == 0


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (io.Event([70000], None, [0], [0]), "x must"),
        (io.Event([1, 1], None, [0, 2], [0, 0]), "c must"),
        (io.Event([1], None, [0], [9000.0]), "microseconds"),
        (io.Event([1], [1], [0], [0]), "dimension"),
        (io.Event([1], None, [0], [0], payload=[3]), "payload"),
    ],
)
def test_events_that_do_not_fit_are_not_written(tmp_path, event, message):
    with pytest.raises(ValueError, match=message):
        io.encode_1d_spikes(tmp_path / "e", event)
    assert not (tmp_path / "e").exists()


def test_other_arrays_and_formats_are_refused(tmp_path):
    np.save(tmp_path / "e.npy", np.zeros((3, 5)))
    with pytest.raises(ValueError, match="n, 3"):
        io.read_np_spikes(tmp_path / "e.npy")
    with pytest.raises(ValueError, match="fmt"):
        io.read_np_spikes(tmp_path / "e.npy", fmt="txyp")


def test_an_archive_of_one_array_is_read_and_of_several_named(tmp_path):
    table = np.array([[1, 0, 1, 5.0], [2, 1, 0, 7.0]])
    np.savez(tmp_path / "one.npz", table)
    assert io.read_np_spikes(tmp_path / "one.npz").x.tolist() == [1, 2]
    np.savez(tmp_path / "two.npz", events=table, labels=table)
    with pytest.raises(ValueError, match="holds the arrays events, labels"):
        io.read_np_spikes(tmp_path / "two.npz")
