import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

SCALES = [(4, 3), (8, 6)]


@pytest.fixture
def layout(golden):
    return obd.YOLOtarget(golden["anchors"].tolist(), SCALES, 3)


def recorded_loss(golden, **options):
    heads = [golden[f"loss.pred.{i}"].clone().requires_grad_() for i in (0, 1)]
    targets = [
        torch.stack([golden[f"target.{i}"]] * 2)[..., None].repeat_interleave(2, -1)
        for i in (0, 1)
    ]
    return obd.YOLOLoss(golden["anchors"], **options), heads, targets


def test_targets_are_as_recorded_but_for_cells_that_were_taken_away(golden, layout):
    laid = layout.forward(golden["map.target"])
    kept = 0
    for mine, theirs in zip(
        laid, (golden["target.0"], golden["target.1"]), strict=True
    ):
        taken_away = (mine[..., 4] == 1) & (theirs[..., 4] == -1)
        kept += int(taken_away.sum())
        torch.testing.assert_close(mine[~taken_away], theirs[~taken_away])
        torch.testing.assert_close(
            mine[..., [0, 1, 2, 3, 5]], theirs[..., [0, 1, 2, 3, 5]]
        )
    assert kept == 1


def test_every_scale_answers_once_for_a_lone_box(layout):
    laid = layout.forward(torch.tensor([[0.55, 0.4, 0.2, 0.3, 1, 2]]))
    for grid, (width, height) in zip(laid, SCALES, strict=True):
        (answer,) = grid[grid[..., 4] == 1]
        x, y = 0.55 * width % 1, 0.4 * height % 1
        expected = torch.tensor([x, y, 0.2 * width, 0.3 * height, 1, 2])
        torch.testing.assert_close(answer, expected)
        assert (grid[..., 4] == -1).sum() == 2


def test_the_far_edge_belongs_to_the_last_cell(layout):
    laid = layout.forward(torch.tensor([[1.0, 1.0, 0.2, 0.2, 1, 0]]))
    assert (laid[0][:, 2, 3, 4] == 1).any()


def test_anchors_and_scales_must_agree():
    with pytest.raises(RuntimeError, match="2 heads, scales for 1"):
        obd.YOLOtarget([[(1, 1)], [(2, 2)]], [(4, 4)], 3)


def test_batches_of_a_data_set_hold_images_targets_and_boxes(layout):
    data = obd.dataset.SyntheticShapes(3, seq_len=2)
    images, targets, boxes = layout.collate_fn([data[0], data[1], data[2]])
    assert images.shape == (3, 3, 64, 64, 2)
    assert [t.shape for t in targets] == [(3, 3, 3, 4, 6, 2), (3, 3, 6, 8, 6, 2)]
    assert len(boxes) == 2
    assert len(boxes[0]) == 3
    again = layout.forward(boxes[1][2])
    torch.testing.assert_close(targets[1][2, ..., 1], again[1])


def test_loss_of_published_training_is_as_recorded(golden):
    loss, heads, targets = recorded_loss(golden, upstream_ciou=True)
    total, parts = loss(heads, targets)
    total.backward()
    torch.testing.assert_close(total.detach(), golden["loss"])
    torch.testing.assert_close(parts.detach(), golden["loss.components"])
    for i in (0, 1):
        torch.testing.assert_close(heads[i].grad, golden[f"loss.g.{i}"])
    assert loss.samples == 2


def test_loss_differs_from_published_training_in_the_overlap_alone(golden):
    loss, heads, targets = recorded_loss(golden)
    _, parts = loss(heads, targets)
    same, other = [0, 2, 3], [1, 4]  # coord, noobj and cls; obj and iou
    torch.testing.assert_close(parts[same], golden["loss.components"][same])
    assert (parts[other] != golden["loss.components"][other]).all()


def test_loss_leaves_targets_alone(golden):
    loss, heads, targets = recorded_loss(golden)
    first = loss(heads, targets)[0]
    assert loss(heads, targets)[0] == first


def test_loss_without_objects_wants_silence():
    loss = obd.YOLOLoss([[(1.0, 1.0)]])
    head = torch.zeros(1, 1, 2, 2, 7, 1, requires_grad=True)
    total, parts = loss([head], [torch.zeros(1, 1, 2, 2, 6, 1)])
    total.backward()
    expected = 10 * torch.log(torch.tensor(2.0))
    torch.testing.assert_close(total, expected)
    assert parts.tolist() == pytest.approx([0, 0, float(expected), 0, 0])
    assert (head.grad[..., 4, :] > 0).all()


def test_loss_falls_when_descended(layout, golden):
    torch.manual_seed(0)
    loss = obd.YOLOLoss(golden["anchors"].float() * 4)
    targets = [t[None, ..., None] for t in layout.forward(golden["map.target"])]
    heads = [torch.zeros(1, 3, h, w, 8, 1, requires_grad=True) for w, h in SCALES]
    optimizer = torch.optim.Adam(heads, lr=0.1)
    values = []
    for _ in range(60):
        optimizer.zero_grad()
        total = loss(heads, targets)[0]
        total.backward()
        optimizer.step()
        values.append(float(total.detach()))
    assert values[-1] < values[0] / 5


def test_heads_are_read_as_recorded(golden):
    base = obd.YOLOBase(3, golden["anchors"].tolist())
    raw = base.yolo_raw(golden["raw"])
    torch.testing.assert_close(raw, golden["yolo_raw"])
    torch.testing.assert_close(base.yolo(raw, base.anchors[0]), golden["yolo"])
    assert (base.num_scales, base.num_anchors, base.num_output) == (2, 3, 24)


def test_values_that_are_not_finite_are_refused(golden):
    base = obd.YOLOBase(3, golden["anchors"].tolist())
    raw = base.yolo_raw(golden["raw"]).clone()
    raw[0, 0, 0, 0, 4, 0] = torch.nan
    with pytest.raises(RuntimeError, match="4 x 3 cells"):
        base.yolo(raw, base.anchors[0])


def test_gradients_that_are_not_finite_are_dropped():
    base = obd.YOLOBase(3)
    base.layer = torch.nn.Linear(2, 2)
    base.layer(torch.ones(1, 2)).sum().backward()
    base.validate_gradients()
    assert base.layer.weight.grad is not None
    base.layer.bias.grad[0] = torch.inf
    base.validate_gradients()
    assert base.layer.weight.grad is None


def test_anchors_of_uneven_shape_are_refused():
    with pytest.raises(ValueError, match=r"give \(heads, anchors, 2\)"):
        obd.YOLOBase(3, torch.ones(3, 2))
