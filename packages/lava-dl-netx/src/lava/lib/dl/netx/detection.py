"""Boxes from a detector's head, with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bbox_iou", "decode", "non_maximum_suppression", "normalize"]

Array = NDArray[np.float32]

_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)  # of ImageNet's colours
_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_EPS = 1e-10


def normalize(images: ArrayLike) -> Array:
    """Images as the detectors of slayer take them.

    Args:
        images: Images (..., 3, H, W, T), values 0 to 1.

    Returns:
        Less the mean, over the standard deviation, of each colour.
    """
    shape = (3, 1, 1, 1)
    pixels = np.asarray(images, dtype=np.float32)
    return (pixels - _MEAN.reshape(shape)) / _STD.reshape(shape)


def decode(head: ArrayLike, anchors: ArrayLike, clamp_max: float = 5.0) -> Array:
    """Boxes a head sees.

    Args:
        head: Output of the file's head (N, anchors * P, H, W, T), P = 5 + classes.
        anchors: Width and height of each of the head's anchors (anchors, 2), in cells.
        clamp_max: Bound of the log of a box's size over its anchor's.

    Returns:
        Boxes (N, anchors * H * W, P, T): x, y, width and height as fractions of the
        frame, objectness, class probabilities.

    Raises:
        ValueError: The head's channels do not divide among the anchors.
    """
    raw = np.asarray(head, dtype=np.float32)
    sizes = np.asarray(anchors, dtype=np.float32)
    if raw.ndim != 5 or raw.shape[1] % len(sizes) or raw.shape[1] // len(sizes) < 5:
        raise ValueError(
            f"head has shape {raw.shape}; {len(sizes)} anchors need "
            f"(N, {len(sizes)} * (5 + classes), H, W, T)."
        )
    n, channels, height, width, steps = raw.shape
    fields = channels // len(sizes)
    raw = raw.reshape(n, len(sizes), fields, height, width, steps)
    raw = np.moveaxis(raw, 2, 4)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    extent = np.array([width, height], dtype=np.float32).reshape(2, 1)
    size = sizes.reshape(1, -1, 1, 1, 2, 1)
    clamped = np.minimum(raw[..., 2:4, :], clamp_max)
    boxes = np.empty_like(raw)
    boxes[..., :2, :] = (_sigmoid(raw[..., :2, :]) + grid[..., None]) / extent
    boxes[..., 2:4, :] = np.exp(clamped) * size / extent
    boxes[..., 4, :] = _sigmoid(raw[..., 4, :])
    boxes[..., 5:, :] = _softmax(raw[..., 5:, :])
    return boxes.reshape(n, -1, fields, steps)


def _sigmoid(x: Array) -> Array:
    half: Array = np.tanh(np.float32(0.5) * x)
    value: Array = np.float32(0.5) * (half + np.float32(1))
    return value


def _softmax(x: Array) -> Array:
    """Over the last axis but one."""
    powers = np.exp(x - x.max(axis=-2, keepdims=True, initial=-np.inf))
    shares: Array = powers / powers.sum(axis=-2, keepdims=True)
    return shares


def bbox_iou(bbox1: Array, bbox2: Array) -> Array:
    """Intersection over union of every pair of boxes.

    Args:
        bbox1: Boxes (n, 4 or more): x and y of the centre, width, height.
        bbox2: Boxes (m, 4 or more).

    Returns:
        Overlap (n, m).
    """
    shared = _shared(bbox1, bbox2, 0) * _shared(bbox1, bbox2, 1)
    area1, area2 = (boxes[:, 2] * boxes[:, 3] for boxes in (bbox1, bbox2))
    overlap: Array = shared / (area1[:, None] + area2 - shared + _EPS)
    return overlap


def _shared(bbox1: Array, bbox2: Array, axis: int) -> Array:
    """Length shared along an axis by every pair of boxes."""
    (low1, high1), (low2, high2) = (
        (b[:, axis] - b[:, axis + 2] / 2, b[:, axis] + b[:, axis + 2] / 2)
        for b in (bbox1, bbox2)
    )
    high = np.minimum(high1[:, None], high2)
    length: Array = np.maximum(high - np.maximum(low1[:, None], low2), 0)
    return length


def non_maximum_suppression(
    predictions: Sequence[ArrayLike],
    conf_threshold: float = 0.5,
    nms_threshold: float = 0.4,
    merge_conf: bool = True,
    max_detections: int = 300,
) -> list[Array]:
    """Keep the most confident of overlapping boxes of a class.

    A box goes if any more confident one of its class overlaps it, even one that goes
    itself: the rule of the trainer's function of this name.

    Args:
        predictions: Boxes (n, 5 + classes) of each frame, as ``decode`` gives them.
        conf_threshold: Objectness must exceed this.
        nms_threshold: Boxes overlap if their IoU exceeds this.
        merge_conf: Confidence is objectness times the class's probability instead of
            objectness alone.
        max_detections: Most boxes kept a frame.

    Returns:
        Boxes (m, 6) of each frame: x, y, width, height, confidence, class, most
        confident first.
    """
    kept = []
    for prediction in predictions:
        boxes = np.asarray(prediction, dtype=np.float32)
        boxes = _labelled(boxes[boxes[:, 4] > conf_threshold], merge_conf)
        close = bbox_iou(boxes, boxes) > nms_threshold
        close &= boxes[:, 5][:, None] == boxes[:, 5]
        boxes = boxes[~np.tril(close, -1).any(axis=1)]
        kept.append(boxes[:max_detections])
    return kept


def _labelled(boxes: Array, merge_conf: bool) -> Array:
    """Boxes (n, 6) with confidence and class, most confident first."""
    classes = boxes[:, 5:]
    label = classes.argmax(axis=1) if len(boxes) else np.zeros(0, dtype=int)
    score = boxes[:, 4].copy()
    if merge_conf:
        score *= classes[np.arange(len(boxes)), label]
    columns = [boxes[:, :4], score[:, None], label[:, None]]
    rows = np.concatenate(columns, axis=1).astype(np.float32)
    ordered: Array = rows[np.argsort(-score, kind="stable")]
    return ordered
