"""Events: their fields, binning and the way back."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import io


@pytest.fixture
def recorded(arrays_of):
    return arrays_of("slayer/io.npz")


@pytest.fixture
def event(recorded):
    return io.Event(*(recorded[f"bin.{field}"] for field in "xyct"))


def fields(event):
    return event.x, event.y, event.c, event.t, event.p


@pytest.mark.parametrize("sampling_time", ["1", "2", "0.5"])
def test_binning_gives_the_recorded_cells(recorded, event, sampling_time):
    step = float(sampling_time)
    want = recorded[f"or.{sampling_time}"]
    got = event.fill_tensor(np.zeros(want.shape), sampling_time=step)
    np.testing.assert_array_equal(got, want)
    whole = recorded[f"to_tensor.{sampling_time}"]
    np.testing.assert_array_equal(event.to_tensor(sampling_time=step), whole)


@pytest.mark.parametrize("sampling_time", ["1", "2", "0.5"])
def test_sum_counts_every_event_of_a_cell(recorded, event, sampling_time):
    step = float(sampling_time)
    once = recorded[f"sum_defect.{sampling_time}"]
    got = event.fill_tensor(np.zeros(once.shape), step, binning_mode="sum")
    time = np.round(event.t / step)
    inside = (time < once.shape[-1]) & (event.x < 3) & (event.y < 2) & (event.c < 2)
    assert got.sum() == inside.sum() / step
    np.testing.assert_array_equal(got > 0, once > 0)


def test_graded_events_are_the_recorded_ones_from_array_and_tensor(recorded):
    dense = recorded["graded.tensor"]
    for source in (dense, torch.tensor(dense)):
        made = io.tensor_to_event(source, sampling_time=2)
        assert made.graded
        for field in "xyctp":
            want = recorded[f"graded.{field}"]
            np.testing.assert_array_equal(getattr(made, field), want)


@pytest.mark.parametrize("shape", [(2, 4, 9), (2, 3, 4, 9)])
@pytest.mark.parametrize("graded", [False, True])
def test_dense_to_events_and_back_is_the_same(shape, graded):
    draw = np.random.default_rng(0)
    dense = (draw.random(shape) < 0.5).astype(np.float32)
    if graded:
        dense *= draw.integers(1, 5, shape)
    event = io.tensor_to_event(dense)
    assert event.graded == graded
    np.testing.assert_array_equal(event.to_tensor(dim=shape), dense)
    target = torch.zeros(shape if len(shape) == 4 else (2, 1, 4, 9))
    filled = event.fill_tensor(target)
    assert filled is target
    np.testing.assert_array_equal(filled.reshape(shape), dense)


def test_payloads_of_one_cell_add_up_in_a_float32_tensor():
    event = io.Event([0, 0], [0, 0], [0, 0], [1, 1], payload=np.array([2.0, 3.0]))
    assert event.fill_tensor(torch.zeros(1, 1, 1, 2))[0, 0, 0, 1] == 5


def test_events_leave_the_callers_arrays_alone():
    channel = np.array([1, 2])
    event = io.Event([0, 1], None, channel, [0.0, 1.0])
    assert channel.tolist() == [1, 2]
    assert event.c.tolist() == [0, 1]


def test_an_empty_recording_fills_nothing():
    event = io.Event([], None, [], [])
    assert len(event) == 0
    assert event.fill_tensor(torch.zeros(1, 1, 3, 4)).sum() == 0
    with pytest.raises(ValueError, match="dim"):
        event.to_tensor()


@pytest.mark.parametrize("steps", [4, 30])
def test_random_shift_keeps_as_many_events_as_fit(steps):
    event = io.Event(np.zeros(10), None, np.zeros(10), np.arange(5, 15))
    np.random.seed(1)
    starts = set()
    for _ in range(50):
        target = np.zeros((1, 1, 1, steps))
        event.fill_tensor(target, random_shift=True)
        assert target.sum() == min(steps, 10)
        starts.add(int(target[0, 0, 0].argmax()))
    assert steps == 4 or len(starts) > 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: io.Event([1, 2], None, [0], [0, 1]), "c_event"),
        (lambda: io.tensor_to_event(np.zeros((2, 3))), "spike_tensor"),
        (
            lambda: io.Event([1], None, [0], [0]).fill_tensor(np.zeros((1, 2, 3))),
            "C, H, W, T",
        ),
        (
            lambda: io.Event([1], None, [0], [0]).fill_tensor(
                np.zeros((1, 1, 2, 3)), binning_mode="AND"
            ),
            "binning_mode",
        ),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "channels"),
    [
        ([-1, 1, 1], [0, 1, 1]),
        ([1, 1, 1], [1, 1, 1]),
        ([-1, -1, -1], [0, 0, 0]),
        ([1, 2, 2], [0, 1, 1]),
        ([0, 3, 5], [0, 3, 5]),
        ([-2, 0, 1], [0, 2, 3]),
    ],
)
def test_polarities_of_every_coding_are_channels_from_0(given, channels):
    place = np.arange(3)
    event = io.Event(place, place, given, place)
    assert event.c.tolist() == channels


def test_events_of_other_channels_are_not_lost_in_silence():
    place = np.arange(3)
    event = io.Event(place, place, [0, 1, 4], place)
    with pytest.warns(UserWarning, match="1 of 3 events lie in channels from 2 to 4"):
        assert event.fill_tensor(np.zeros((2, 3, 3, 3))).sum() == 2
    on = io.Event(place, place, [1, 1, 1], place)
    assert on.fill_tensor(np.zeros((1, 3, 3, 3))).sum() == 3
    assert on.fill_tensor(np.zeros((2, 3, 3, 3)))[1].sum() == 3
