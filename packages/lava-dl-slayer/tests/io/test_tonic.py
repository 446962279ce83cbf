"""Recordings and transforms of tonic, beside our own events."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import io

SENSOR = (34, 20, 2)  # width, height, polarities
FULL = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)])


def recording(count=500, kind=FULL, seed=0):
    rng = np.random.default_rng(seed)
    made = np.zeros(count, dtype=kind)
    largest = {"x": SENSOR[0], "y": SENSOR[1], "t": 50_000, "p": 2}
    for name in kind.names:
        made[name] = rng.integers(0, largest[name], count)
    made.sort(order="t")
    return made


def test_a_recording_becomes_events_in_milliseconds():
    made = recording()
    event = io.tonic_to_event(made)
    assert event.dim == 2 and not event.graded
    np.testing.assert_array_equal(event.x, made["x"])
    np.testing.assert_array_equal(event.y, made["y"])
    np.testing.assert_array_equal(event.c, made["p"])
    np.testing.assert_allclose(event.t, made["t"] / 1000)


@pytest.mark.parametrize("names", [("x", "t", "p"), ("x", "t")])
def test_recordings_of_sound_have_one_dimension(names):
    kind = np.dtype([(name, np.int64) for name in names])
    made = recording(kind=kind)
    event = io.tonic_to_event(made)
    assert event.dim == 1
    assert set(event.c) == ({0, 1} if "p" in names else {0})


def test_events_go_there_and_back():
    made = recording()
    back = io.event_to_tonic(io.tonic_to_event(made))
    assert back.dtype.names == ("x", "y", "t", "p")
    for name in back.dtype.names:
        np.testing.assert_array_equal(back[name], made[name])


def test_events_of_one_dimension_go_back_without_a_row():
    event = io.Event([1, 2], None, [0, 1], [0.5, 1.5])
    assert io.event_to_tonic(event)["t"].tolist() == [500, 1500]
    assert io.event_to_tonic(event).dtype.names == ("x", "t", "p")


def test_a_payload_is_refused():
    event = io.Event([1], None, [0], [0.5], payload=[3])
    with pytest.raises(ValueError, match="payload"):
        io.event_to_tonic(event)


@pytest.mark.parametrize("wrong", [np.zeros((3, 4)), np.zeros(2, [("a", int)])])
def test_what_is_no_recording_is_refused(wrong):
    with pytest.raises(ValueError, match="needed are x and t"):
        io.tonic_to_event(wrong)


def test_frames_of_another_rank_are_refused():
    with pytest.raises(ValueError, match="T, C, H, W"):
        io.TonicFrames()(np.zeros((3, 4)))


@pytest.mark.parametrize("shape", [(7, 2, 3, 4), (7, 1, 5)])
def test_frames_get_time_last(shape):
    frames = np.random.default_rng(0).integers(0, 3, shape).astype(np.int16)
    counts = io.TonicFrames(binary=False)(frames)
    assert counts.dtype == torch.float32
    np.testing.assert_array_equal(counts, np.moveaxis(frames, 0, -1))
    np.testing.assert_array_equal(io.TonicFrames()(frames), counts != 0)


def test_a_recording_becomes_a_tensor_of_spikes():
    made = recording()
    spikes = io.TonicTensor(SENSOR, steps=10, sampling_time=5)(made)
    assert spikes.shape == (2, 20, 34, 10)
    cells = {(int(p), y, x, t // 5000) for x, y, t, p in made.tolist()}
    assert {tuple(cell) for cell in spikes.nonzero().tolist()} == cells


def test_events_can_be_augmented_before_they_are_binned():
    def shifted(event):
        return io.Event(event.x + 1, event.y, event.c, event.t)

    plain = io.TonicTensor(SENSOR, steps=50)(recording())
    moved = io.TonicTensor(SENSOR, steps=50, transform=shifted)(recording())
    assert torch.equal(moved[:, :, 1:], plain[:, :, :-1])


def test_our_bins_are_those_of_tonics_frames():
    transforms = pytest.importorskip("tonic.transforms")
    made = recording()
    frames = transforms.ToFrame(sensor_size=SENSOR, time_window=5000)(made)
    through_tonic = io.TonicFrames()(frames)
    steps = through_tonic.shape[-1]
    # Tonic's first bin begins with the first event.
    made["t"] -= made["t"].min()
    ours = io.TonicTensor(SENSOR, steps, sampling_time=5)(made)
    assert torch.equal(ours, through_tonic) and ours.any()


def test_tonic_takes_what_we_give_it():
    transforms = pytest.importorskip("tonic.transforms")
    given = io.event_to_tonic(io.tonic_to_event(recording()))
    frames = transforms.ToFrame(sensor_size=SENSOR, n_time_bins=8)(given)
    assert frames.shape == (8, 2, 20, 34) and frames.sum() >= len(given) - 1


def test_transforms_go_into_tonics_chain():
    transforms = pytest.importorskip("tonic.transforms")
    chain = transforms.Compose(
        [
            transforms.Denoise(filter_time=10_000),
            transforms.ToFrame(sensor_size=SENSOR, n_time_bins=12),
            io.TonicFrames(),
        ]
    )
    assert chain(recording()).shape == (2, 20, 34, 12)
