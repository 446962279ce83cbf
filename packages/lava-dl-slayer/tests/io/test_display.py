"""Animations draw every kind of event."""

import subprocess
import sys

import numpy as np
import pytest

from lava.lib.dl.slayer import io

EVENTS = {
    "one dimension": io.Event([0, 3], None, [0, 1], [0.0, 90.0]),
    "graded": io.Event([0, 3], None, [0, 1], [0.0, 90.0], payload=[1.0, 5.0]),
    "two dimensions": io.Event([0, 3], [1, 2], [0, 1], np.array([0.0, 90.0])),
}


@pytest.fixture(autouse=True)
def headless(monkeypatch):
    pytest.importorskip("matplotlib").use("Agg")


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("pre_compute", [True, False])
def test_animation_has_a_frame_for_each_interval(name, pre_compute):
    made = EVENTS[name].anim(frame_rate=24, pre_compute_frames=pre_compute)
    frames = list(made.new_frame_seq())
    assert len(frames) == 4
    made._init_draw()
    for frame in frames:
        made._draw_frame(frame)


def test_colours_tell_channels_apart():
    from lava.lib.dl.slayer.io import _display

    event = EVENTS["two dimensions"]
    image = _display._image(event, 0, 1000)
    assert image[1, 0].tolist() == [0, 0, 1]
    assert image[2, 3].tolist() == [1, 0, 0]


def test_matplotlib_is_not_imported_before_it_is_needed():
    code = "import sys, lava.lib.dl.slayer.io; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
