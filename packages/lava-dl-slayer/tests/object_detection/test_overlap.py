import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

metrics = obd.bbox.metrics


def test_iou_of_all_pairs_is_in_order(golden):
    overlap = metrics.bbox_iou(golden["b1"], golden["b2"])
    torch.testing.assert_close(overlap, golden["bbox_iou_right"], atol=1e-6, rtol=1e-6)


def test_iou_of_known_boxes():
    first = torch.tensor([[0.5, 0.5, 0.4, 0.4], [0.2, 0.2, 0.2, 0.2]])
    second = torch.tensor(
        [[0.5, 0.5, 0.4, 0.4], [0.6, 0.6, 0.4, 0.4], [0.9, 0.9, 0.1, 0.1]]
    )
    expected = torch.tensor([[1, 0.09 / 0.23, 0], [0, 0, 0]])
    torch.testing.assert_close(metrics.bbox_iou(first, second), expected)


@pytest.mark.parametrize(
    ("first", "second"), [((2, 3), (4,)), ((), (5,)), ((0,), (3,))]
)
def test_iou_keeps_leading_axes(first, second):
    overlap = metrics.bbox_iou(torch.rand(*first, 6), torch.rand(*second, 4))
    assert overlap.shape == (*first, *second)


def test_iou_has_gradients_that_differences_confirm():
    generator = torch.Generator().manual_seed(1)
    boxes = [torch.rand(3, 4, generator=generator, dtype=torch.double) for _ in "12"]
    assert torch.autograd.gradcheck(
        metrics.bbox_iou, [b.requires_grad_() for b in boxes]
    )


def test_sizes_overlap_as_recorded(golden):
    overlap = metrics.wh_iou(golden["b1"][:, 2:], golden["b2"][:, 2:])
    torch.testing.assert_close(overlap, golden["wh_iou"])


def test_complete_overlap_of_published_networks_is_as_recorded(golden):
    overlap = metrics.bbox_ciou(golden["b1"][:4], golden["b2"], upstream=True)
    torch.testing.assert_close(overlap, golden["ciou_upstream"])


def test_complete_overlap_takes_off_the_distance_of_centres():
    boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2]])
    moved = torch.tensor([[3.0, 4, 2, 2], [0, 0, 2, 2]])
    expected = torch.tensor([-25 / (5**2 + 6**2), 1.0])
    torch.testing.assert_close(metrics.bbox_ciou(boxes, moved), expected)


def test_complete_overlap_takes_off_the_aspect_ratio():
    wide, high = torch.tensor([[0.0, 0, 2, 1]]), torch.tensor([[0.0, 0, 1, 2]])
    iou = 1 / 3
    v = (
        4
        / torch.pi**2
        * (torch.atan(torch.tensor(2.0)) - torch.atan(torch.tensor(0.5))) ** 2
    )
    expected = iou - v * v / (1 - iou + v)
    torch.testing.assert_close(metrics.bbox_ciou(wide, high), expected[None])


@pytest.mark.parametrize("call", [metrics.bbox_iou, metrics.bbox_ciou])
def test_boxes_without_four_columns_are_named(call):
    with pytest.raises(ValueError, match=r"bbox2 has shape \(3, 3\)"):
        call(torch.rand(3, 4), torch.rand(3, 3))


def test_complete_overlap_wants_pairs():
    with pytest.raises(ValueError, match="3 boxes, bbox2 2"):
        metrics.bbox_ciou(torch.rand(3, 4), torch.rand(2, 4))
