"""Reading a detector's head without torch."""

import numpy as np
import pytest

from lava.lib.dl.netx import detection


@pytest.fixture(scope="module")
def golden(reference):
    with np.load(reference("slayer/obd.npz")) as file:
        return {name: file[name] for name in file}


def test_boxes_are_decoded_as_recorded(golden):
    boxes = detection.decode(golden["raw"], golden["anchors"][0])
    np.testing.assert_allclose(boxes, golden["yolo"], rtol=2e-6, atol=1e-6)


def test_overlap_of_all_pairs_is_as_recorded(golden):
    overlap = detection.bbox_iou(golden["b1"], golden["b2"])
    np.testing.assert_allclose(overlap, golden["bbox_iou_right"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("merge", "name"), [(True, "nms"), (False, "nms.nomerge")])
def test_suppression_is_as_recorded(golden, merge, name):
    kept = detection.non_maximum_suppression([golden["nms.in"]], 0.3, 0.4, merge)
    np.testing.assert_allclose(kept[0], golden[name], rtol=1e-6)


def test_suppression_without_boxes_gives_none():
    (kept,) = detection.non_maximum_suppression([np.zeros((4, 8))])
    assert kept.shape == (0, 6)


def test_large_values_decode_without_overflow():
    head = np.full((1, 8, 2, 2, 1), 1e4, dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        boxes = detection.decode(head, [[1.0, 1.0]])
    assert np.isfinite(boxes).all()
    np.testing.assert_allclose(
        boxes[0, 0, 2:5, 0], [np.exp(5) / 2] * 2 + [1], rtol=1e-5
    )


def test_channels_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"3 anchors need \(N, 3 \* \(5 \+ classes\)"):
        detection.decode(np.zeros((1, 8, 2, 2, 1)), np.ones((3, 2)))


def test_images_are_normalised_by_colour():
    images = np.array([0.485, 0.456 + 0.224, 0.406]).reshape(1, 3, 1, 1, 1)
    np.testing.assert_allclose(
        detection.normalize(images).ravel(), [0, 1, 0], atol=1e-6
    )
