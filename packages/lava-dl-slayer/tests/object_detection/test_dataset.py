import json

import numpy as np
import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

Image = pytest.importorskip("PIL.Image", reason="needs pillow")

dataset = obd.dataset


@pytest.mark.parametrize("kind", [dataset.SyntheticShapes, dataset.SyntheticEvents])
def test_generated_samples_depend_on_seed_split_and_index_alone(kind):
    data = kind(4, seq_len=3)
    first, notes = data[1]
    again, same_notes = kind(9, seq_len=3)[1]
    assert torch.equal(first, again)
    assert notes == same_notes
    for other in (
        data[2],
        kind(4, seq_len=3, seed=1)[1],
        kind(4, seq_len=3, train=False)[1],
    ):
        assert not torch.equal(first, other[0])
    with pytest.raises(IndexError):
        data[4]


def test_generated_boxes_hold_their_shapes():
    video, notes = dataset.SyntheticShapes(8, max_objects=1)[3]
    assert video.shape == (3, 64, 64, 8)
    for step, note in enumerate(notes):
        (item,) = note["annotation"]["object"]
        box = item["bndbox"]
        bright = (video[..., step] - 0.4).abs().amax(0) > 0.3
        rows, columns = torch.nonzero(bright).T
        assert rows.min() >= box["ymin"] - 1
        assert rows.max() + 1 <= box["ymax"] + 1
        assert columns.min() == pytest.approx(box["xmin"], abs=1.5)
        assert columns.max() + 1 == pytest.approx(box["xmax"], abs=1.5)


def test_generated_events_are_binary_and_come_from_movement():
    events, notes = dataset.SyntheticEvents(8)[0]
    assert events.shape == (2, 64, 64, 8)
    assert set(events.unique().tolist()) == {0, 1}
    assert events[..., 0].sum() == 0
    assert events[..., 1:].sum(dim=(0, 1, 2)).min() > 0
    assert notes == dataset.SyntheticShapes(8)[0][1]


@pytest.fixture
def driving(tmp_path):
    """One sequence of two frames laid out as BDD100K is."""
    labels = tmp_path / "labels" / "box_track_20" / "val"
    images = tmp_path / "images" / "track" / "val" / "a"
    labels.mkdir(parents=True)
    images.mkdir(parents=True)
    frames = []
    for i in range(2):
        Image.new("RGB", (200, 100), (255 * i, 0, 0)).save(images / f"{i}.png")
        box = {"x1": 20, "y1": 10, "x2": 60, "y2": 50}
        boxed = {"category": "car", "box2d": box}
        frames.append({"name": f"{i}.png", "labels": [boxed, {"category": "lane"}]})
    frames[0]["labels"].append({"category": "bus", "box2d": box})
    (labels / "a.json").write_text(json.dumps(frames))
    return tmp_path


def test_driving_sequences_are_read_resized_and_filled_up(driving):
    data = dataset.BDD(driving, size=(50, 50), seq_len=4)
    images, notes = data[0]
    assert (len(data), data.classes) == (1, ["bus", "car"])
    assert images.shape == (3, 50, 50, 4)
    assert images[0, 0, 0].tolist() == [0, 1, 1, 1]
    car = notes[1]["annotation"]["object"][0]
    assert car["name"] == "car"
    assert car["bndbox"] == {"xmin": 5, "ymin": 5, "xmax": 15, "ymax": 25}
    obd.bbox.utils.fliplr_bounding_boxes(notes[3])
    assert notes[1] != notes[3]


def test_driving_sequences_are_mirrored_whole(driving):
    np.random.seed(0)
    data = dataset.BDD(driving, size=(50, 50), seq_len=4, augment_prob=1.0)
    images, notes = data[0]
    boxes = [note["annotation"]["object"][0]["bndbox"] for note in notes]
    assert boxes == [{"xmin": 35, "ymin": 5, "xmax": 45, "ymax": 25}] * 4
    assert torch.equal(images[0], images[2])


@pytest.fixture
def recording(tmp_path):
    """A recording with one event a millisecond, laid out as Prophesee's are."""
    split = tmp_path / "val"
    split.mkdir()
    (tmp_path / "label_map_dictionary.json").write_text('{"0": "car", "1": "bus"}')
    events = np.zeros(400, dtype="<u4, <u4")
    steps = np.arange(400)
    events["f0"] = steps * 1000
    events["f1"] = steps % 80 | (steps % 60) << 14 | (steps % 2) << 28
    header = b"% Data file\n% Height 60\n% Width 80\n"
    (split / "a_td.dat").write_bytes(header + bytes([0, 8]) + events.tobytes())
    fields = ["u8", "f4", "f4", "f4", "f4", "u1"]
    names = ("ts", "x", "y", "w", "h", "class_id")
    boxes = np.array(
        [
            (50_000, 0, 0, 60, 40, 0),
            (200_000, 10, 20, 60, 40, 1),
            (200_000, 0, 0, 10, 59, 0),
            (300_000, 12, 20, 60, 40, 1),
        ],
        dtype=list(zip(names, fields, strict=True)),
    )
    np.save(split / "a_bbox.npy", boxes)
    return tmp_path


def test_recorded_events_become_frames_with_the_last_boxes(recording):
    data = dataset.PropheseeAutomotive(recording, size=(60, 80), delta_t=2, seq_len=51)
    frames, notes = data[0]
    assert data.classes == ["car", "bus"]
    assert frames.shape == (2, 60, 80, 51)
    # Steps 200 and 201 from the start of the recording: polarities 0 and 1.
    assert torch.nonzero(frames[..., 0]).tolist() == [[0, 21, 41], [1, 20, 40]]
    (item,) = notes[0]["annotation"]["object"]
    assert item["name"] == "bus"
    assert item["bndbox"] == {"xmin": 10, "ymin": 20, "xmax": 70, "ymax": 60}
    assert notes[50]["annotation"]["object"][0]["bndbox"]["xmin"] == 12


def test_recorded_events_are_mirrored_with_their_boxes(recording):
    data = dataset.PropheseeAutomotive(
        recording, size=(60, 80), delta_t=1, seq_len=1, augment_prob=1.0
    )
    frames, notes = data[0]
    assert torch.nonzero(frames[..., 0]).tolist() == [[1, 20, 39]]
    assert notes[0]["annotation"]["object"][0]["bndbox"]["xmin"] == 10


def test_a_random_start_seeks_a_busy_frame(recording):
    data = dataset.PropheseeAutomotive(
        recording,
        size=(60, 80),
        delta_t=1,
        seq_len=2,
        randomize_seq=True,
        events_ratio=0,
    )
    assert data[0][0].sum() == 2


def test_what_is_no_recording_is_refused(recording):
    (recording / "val" / "a_td.dat").write_bytes(b"% Height 60\n" + bytes([14, 8]))
    with pytest.raises(ValueError, match=r"\(14, 8\)"):
        dataset.PropheseeAutomotive(recording)[0]


@pytest.mark.parametrize("kind", [dataset.BDD, dataset.PropheseeAutomotive])
def test_a_missing_copy_is_said_clearly(kind, tmp_path):
    with pytest.raises(FileNotFoundError, match="pass its folder as root"):
        kind(tmp_path)


def test_event_frames_are_resized_to_their_nearest_pixel():
    frame = np.arange(16).reshape(4, 4, 1)
    assert dataset.utils.resize_events_frame(frame, (2, 2))[..., 0].tolist() == [
        [0, 2],
        [8, 10],
    ]
    assert dataset.utils.resize_events_frame(frame, (8, 4)).shape == (8, 4, 1)
    assert dataset.utils.fliplr_events(frame)[0, 0, 0] == 3


def test_images_are_flipped():
    image = Image.new("L", (2, 2))
    image.putpixel((0, 0), 9)
    assert dataset.utils.flip_lr(image).getpixel((1, 0)) == 9
    assert dataset.utils.flip_ud(image).getpixel((0, 1)) == 9
