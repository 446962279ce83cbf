"""Conversions between layouts of boxes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def _with_corners(boxes: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return torch.cat([first, second, boxes[..., 4:]], dim=-1)


def xxyy_to_xywh(predictions: Sequence[Tensor]) -> list[Tensor]:
    """Corners to centre and size.

    Args:
        predictions: Boxes (n, 4 or more): xmin, ymin, xmax, ymax, then anything.

    Returns:
        New boxes: x and y of the centre, width, height, then the same.
    """
    pairs = ((boxes, boxes[..., :2], boxes[..., 2:4]) for boxes in predictions)
    return [_with_corners(b, (low + high) / 2, high - low) for b, low, high in pairs]


def xywh_to_xxyy(predictions: Sequence[Tensor]) -> list[Tensor]:
    """Centre and size to corners, the inverse of ``xxyy_to_xywh``.

    Args:
        predictions: Boxes (n, 4 or more): x and y of the centre, width, height.

    Returns:
        New boxes: xmin, ymin, xmax, ymax, then the columns that followed.
    """
    pairs = ((boxes, boxes[..., :2], boxes[..., 2:4] / 2) for boxes in predictions)
    return [_with_corners(b, centre - h, centre + h) for b, centre, h in pairs]


def normalize_bboxes(
    predictions: Sequence[Tensor], height: int, width: int
) -> Sequence[Tensor]:
    """Divide boxes in pixels by the size of their frame, in place.

    Args:
        predictions: Boxes (n, 4 or more) of which columns 0 and 2 run across.
        height: Height of the frame in pixels.
        width: Width of the frame in pixels.

    Returns:
        ``predictions``.
    """
    return _scaled(predictions, 1 / height, 1 / width)


def denormalize_bboxes(
    predictions: Sequence[Tensor], height: int, width: int
) -> Sequence[Tensor]:
    """Multiply normalised boxes by the size of their frame, in place.

    Args:
        predictions: Boxes (n, 4 or more) of which columns 0 and 2 run across.
        height: Height of the frame in pixels.
        width: Width of the frame in pixels.

    Returns:
        ``predictions``.
    """
    return _scaled(predictions, height, width)


def _scaled(
    predictions: Sequence[Tensor], down: float, across: float
) -> Sequence[Tensor]:
    for boxes in predictions:
        boxes[:, 0:4:2] *= across
        boxes[:, 1:4:2] *= down
    return predictions


def onehot_to_labels(
    predictions: Sequence[Tensor], conf_threshold: float = 0.0, merge_conf: bool = True
) -> list[Tensor]:
    """Replace class probabilities by the likeliest class, and drop doubtful boxes.

    Args:
        predictions: Boxes (n, 5 + classes): x, y, w, h, objectness, probabilities.
        conf_threshold: Boxes must be more confident than this.
        merge_conf: Confidence is objectness times the class's probability instead of
            objectness alone.

    Returns:
        Boxes (m, 6): x, y, w, h, confidence, class.
    """
    labelled = [_labelled(boxes, merge_conf) for boxes in predictions]
    return [boxes[boxes[:, 4] > conf_threshold] for boxes in labelled]


def _labelled(boxes: Tensor, merge_conf: bool) -> Tensor:
    likeliest, label = boxes[:, 5:].max(dim=1)
    score = boxes[:, 4] * likeliest if merge_conf else boxes[:, 4]
    return torch.cat([boxes[:, :4], score[:, None], label[:, None]], dim=1)
