import sys
from contextlib import closing

import numpy as np
import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

Image = pytest.importorskip("PIL.Image", reason="needs pillow")

utils = obd.bbox.utils
BOX = {"xmin": 20, "ymin": 30, "xmax": 70, "ymax": 300}
CAR = {"id": 1, "name": "car", "confidence": 0.5, "bndbox": BOX}


def test_boxes_are_outlined_inside_the_image():
    image = Image.new("RGB", (100, 80))
    assert utils.mark_bounding_boxes(image, [CAR]) is image
    assert image.getpixel((50, 79)) == image.getpixel((69, 60)) == (0, 255, 0)
    assert image.getpixel((50, 60)) == (0, 0, 0)
    assert np.array(image)[30:41, 20:61, 2].max() > 150


def test_colours_go_by_class():
    image = Image.new("RGB", (100, 80))
    utils.mark_bounding_boxes(image, [CAR], box_color_map=[(1, 2, 3), (4, 5, 6)])
    assert image.getpixel((69, 60)) == (4, 5, 6)
    assert np.array(image)[30:41, 20:61].min(-1).max() > 150


def test_frames_are_marked_in_place():
    frame = torch.zeros(3, 80, 100)
    assert utils.mark_bounding_boxes(frame, [CAR]) is frame
    assert frame[:, 60, 69].tolist() == [0, 1, 0]


def test_boxes_outside_are_left_out():
    image = Image.new("RGB", (10, 10))
    away = {**CAR, "bndbox": {"xmin": 9, "ymin": 9, "xmax": 2, "ymax": 2}}
    utils.mark_bounding_boxes(image, [away])
    assert not np.array(image).any()


def test_events_are_red_and_blue():
    events = torch.zeros(2, 4, 5)
    events[0, 1, 2] = events[1, 3, 4] = 1
    image = utils.render_events_img(events)
    assert image.size == (5, 4)
    assert image.getpixel((2, 1)) == (255, 0, 0)
    assert image.getpixel((4, 3)) == (0, 0, 255)


@pytest.fixture
def sequence():
    boxes = [[torch.tensor([[0.5, 0.5, 0.4, 0.4, 1, 0]])] * 2 for _ in range(3)]
    empty = [[torch.zeros(0, 6)] * 2 for _ in range(3)]
    return boxes, empty


@pytest.mark.parametrize(
    ("draw", "channels"), [(utils.create_frames, 3), (utils.create_frames_events, 2)]
)
def test_predictions_are_left_and_truth_is_right(sequence, draw, channels):
    boxes, empty = sequence
    frames = draw(
        torch.zeros(2, channels, 100, 120, 3), boxes, empty, ["car"], 1, [(9, 9, 9)]
    )
    assert [frame.size for frame in frames] == [(240, 100)] * 3
    marks = (np.array(frames[0]) == 9).all(-1)
    assert not marks[:, :120].any()
    assert marks[:, 120:].any()


@pytest.mark.parametrize(
    ("write", "channels"), [(utils.create_video, 3), (utils.create_video_events, 2)]
)
def test_videos_have_a_frame_for_each_step(sequence, write, channels, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="needs the extra obd")
    boxes, empty = sequence
    seen = torch.rand(2, channels, 62, 70, 3)
    path = write(seen, boxes, empty, tmp_path / "v", ["car"])
    assert path == tmp_path / "v.mp4"
    assert ffmpeg.count_frames_and_secs(path) == (3, pytest.approx(0.3))
    with closing(ffmpeg.read_frames(path)) as frames:
        assert next(frames)["size"] == (140, 62)


def test_a_video_without_ffmpeg_is_an_animation(sequence, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    boxes, empty = sequence
    seen = torch.rand(2, 3, 64, 64, 3)
    path = utils.create_video(seen, boxes, empty, tmp_path / "v", ["car"])
    with Image.open(path) as image:
        assert (image.format, image.n_frames) == ("GIF", 3)
        assert image.info["duration"] == 100
