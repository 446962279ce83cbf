import copy

import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

utils = obd.bbox.utils
SIZE = {"height": 100, "width": 200}
NAMES = ["car", "bus", "dog"]


@pytest.mark.parametrize(("merge", "name"), [(True, "nms"), (False, "nms.nomerge")])
def test_suppression_is_as_recorded(golden, merge, name):
    (kept,) = utils.non_maximum_suppression([golden["nms.in"]], 0.3, 0.4, merge)
    torch.testing.assert_close(kept, golden[name])


def suppressed_one_by_one(boxes, threshold):
    iou = obd.bbox.metrics.bbox_iou(boxes, boxes)
    return [
        any(iou[i, j] > threshold and boxes[i, 5] == boxes[j, 5] for j in range(i))
        for i in range(len(boxes))
    ]


def test_suppression_in_pieces_equals_one_by_one(random_boxes):
    boxes = random_boxes(600)
    boxes = boxes[boxes[:, 4].argsort(descending=True)]
    probabilities = torch.nn.functional.one_hot(boxes[:, 5].long(), 3).float()
    (kept,) = utils.nms(
        [torch.cat([boxes[:, :5], probabilities], 1)], 0.0, max_detections=600
    )
    going = torch.tensor(suppressed_one_by_one(boxes, 0.4))
    assert 50 < len(kept) < 550
    torch.testing.assert_close(kept, boxes[~going])


def test_suppression_without_boxes_gives_none():
    (kept,) = utils.nms([torch.zeros(4, 8)])
    assert kept.shape == (0, 6)


def test_suppression_stops_at_the_most_confident(golden):
    (kept,) = utils.nms([golden["nms.in"]], 0.3, 0.4, max_detections=3)
    torch.testing.assert_close(kept, golden["nms"][:3])
    (all_of_them,) = utils.nms([golden["nms.in"]], 0.3, 0.4, max_iterations=0)
    assert len(all_of_them) == (golden["nms.in"][:, 4] > 0.3).sum()


def test_labels_are_as_recorded(golden):
    (labelled,) = utils.onehot_to_labels([golden["nms.in"]], 0.2)
    torch.testing.assert_close(labelled, golden["onehot"])


def test_corners_become_centres_as_recorded(golden):
    (boxes,) = utils.xxyy_to_xywh([golden["b1"]])
    torch.testing.assert_close(boxes, golden["xxyy_to_xywh"])


def test_centres_and_corners_are_inverse(random_boxes):
    boxes = random_boxes(5)
    (corners,) = utils.xywh_to_xxyy([boxes])
    torch.testing.assert_close(corners[:, 0], boxes[:, 0] - boxes[:, 2] / 2)
    (back,) = utils.xxyy_to_xywh([corners])
    torch.testing.assert_close(back, boxes)


def test_boxes_are_scaled_in_place(random_boxes):
    boxes = random_boxes(5)
    before = boxes.clone()
    listed = [boxes]
    assert utils.denormalize_bboxes(listed, 100, 200) is listed
    torch.testing.assert_close(
        boxes[:, :4], before[:, :4] * torch.tensor([200, 100, 200, 100])
    )
    utils.normalize_bboxes(listed, 100, 200)
    torch.testing.assert_close(boxes, before)


def annotation(*corners):
    keys = ("xmin", "ymin", "xmax", "ymax")
    objects = [
        {"id": i, "name": NAMES[i], "bndbox": dict(zip(keys, c, strict=True))}
        for i, c in enumerate(corners)
    ]
    return {"annotation": {"size": dict(SIZE), "object": objects}}


def test_tensor_and_annotation_are_inverse(random_boxes):
    boxes = random_boxes(6)
    boxes = boxes[(boxes[:, 2] * boxes[:, 3]).argsort(descending=True)]
    written = utils.annotation_from_tensor(boxes, SIZE, NAMES, confidence_th=0)
    first = written["annotation"]["object"][0]
    assert list(first) == ["id", "name", "confidence", "bndbox"]
    assert list(first["bndbox"]) == ["xmin", "ymin", "xmax", "ymax"]
    torch.testing.assert_close(utils.tensor_from_annotation(written), boxes)


def test_doubtful_boxes_are_left_out_of_the_annotation():
    boxes = torch.tensor([[0.5, 0.5, 0.1, 0.1, 0.2, 0], [0.5, 0.5, 0.1, 0.1, 0.6, 1]])
    written = utils.annotation_from_tensor(boxes, SIZE, NAMES, confidence_th=0.5)
    assert [item["name"] for item in written["annotation"]["object"]] == ["bus"]


def test_annotated_boxes_come_largest_first_and_whole():
    boxes = utils.tensor_from_annotation(
        annotation((0, 0, 20, 10), (10, 10, 10, 40), (0, 0, 100, 50))
    )
    expected = [[0.25, 0.25, 0.5, 0.5, 1, 2], [0.05, 0.05, 0.1, 0.1, 1, 0]]
    torch.testing.assert_close(boxes, torch.tensor(expected))
    one = utils.tensor_from_annotation(annotation((0, 0, 20, 10)), num_objects=0)
    assert one.shape == utils.tensor_from_annotation(annotation()).shape == (0, 6)


def test_merged_annotation_is_an_annotation():
    merged = utils.merge_annotations(annotation((0, 0, 1, 1)), annotation((0, 0, 2, 2)))
    assert len(utils.tensor_from_annotation(merged)) == 2
    other = annotation()
    other["annotation"]["size"]["width"] = 7
    with pytest.raises(ValueError, match="resize one"):
        utils.merge_annotations(annotation(), other)


@pytest.mark.parametrize(
    ("flip", "expected"),
    [
        (utils.fliplr_bounding_boxes, (150, 20, 190, 40)),
        (utils.flipud_bounding_boxes, (10, 60, 50, 80)),
    ],
)
def test_flips_mirror_and_undo_themselves(flip, expected):
    given = annotation((10, 20, 50, 40))
    before = copy.deepcopy(given)
    assert flip(given) is given
    assert tuple(given["annotation"]["object"][0]["bndbox"].values()) == expected
    assert flip(given) == before


def test_boxes_are_resized_with_their_frame():
    given = annotation((10.7, 20, 50, 40))
    assert utils.resize_bounding_boxes(given, (50, 400)) is given
    box = given["annotation"]["object"][0]["bndbox"]
    assert tuple(box.values()) == (20, 10, 100, 20)
    assert given["annotation"]["size"] == {"height": 50.0, "width": 400.0}
