"""Non-maximum suppression."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ._formats import _labelled
from ._overlap import bbox_iou

_ROWS = 256


def non_maximum_suppression(
    predictions: Sequence[Tensor],
    conf_threshold: float = 0.5,
    nms_threshold: float = 0.4,
    merge_conf: bool = True,
    max_detections: int = 300,
    max_iterations: int = 100,
) -> list[Tensor]:
    """Keep the most confident of overlapping boxes of a class.

    A box goes if any more confident one of its class overlaps it, even one that goes
    itself, so that all pairs are decided at once (Bolya et al., YOLACT, ICCV 2019).

    Args:
        predictions: Boxes (n, 5 + classes) an image: x, y, w, h, objectness,
            class probabilities.
        conf_threshold: Objectness must exceed this.
        nms_threshold: Boxes overlap if their IoU exceeds this.
        merge_conf: Confidence is objectness times the class's probability instead of
            objectness alone.
        max_detections: Most boxes kept an image.
        max_iterations: 0 leaves overlapping boxes in; one round decides all.

    Returns:
        Boxes (m, 6) an image: x, y, w, h, confidence, class, most confident first.
    """
    kept = []
    for boxes in predictions:
        boxes = _labelled(boxes[boxes[:, 4] > conf_threshold], merge_conf)
        boxes = boxes[torch.argsort(boxes[:, 4], descending=True, stable=True)]
        if max_iterations > 0:
            boxes = boxes[~_overlapped(boxes, nms_threshold)]
        kept.append(boxes[:max_detections])
    return kept


def _overlapped(boxes: Tensor, threshold: float) -> Tensor:
    """Which boxes an earlier one of the same class overlaps (n,)."""
    going = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    # In pieces, since the half of the pairs above the diagonal never matters.
    for start in range(0, len(boxes), _ROWS):
        later, earlier = boxes[start : start + _ROWS], boxes[: start + _ROWS]
        close = bbox_iou(later[:, :4], earlier[:, :4]) > threshold
        close &= later[:, 5:6] == earlier[:, 5]
        going[start : start + _ROWS] = close.tril_(start - 1).any(dim=1)
    return going


nms = non_maximum_suppression
