"""Annotations: boxes of one frame as nested dictionaries, in pixels.

``{"annotation": {"size": {"height", "width"}, "object": [{"id", "name",
"confidence", "bndbox": {"xmin", "ymin", "xmax", "ymax"}}, ...]}}``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

RGB: TypeAlias = int
Height: TypeAlias = int
Width: TypeAlias = int
Annotation: TypeAlias = dict[str, Any]


def annotation_from_tensor(
    tensor: Tensor,
    frame_size: Mapping[str, int],
    object_names: Sequence[str],
    confidence_th: float = 0.01,
    normalized: bool = True,
) -> Annotation:
    """Boxes as an annotation.

    Args:
        tensor: Boxes (n, 6): x, y, width, height, confidence, class.
        frame_size: ``{"height": ..., "width": ...}`` in pixels.
        object_names: Name of each class.
        confidence_th: Boxes less confident than this are left out.
        normalized: Boxes are fractions of the frame rather than pixels.

    Returns:
        The annotation.
    """
    width, height = frame_size["width"], frame_size["height"]
    scale = (width, height) if normalized else (1, 1)
    rows = [row for row in tensor.tolist() if row[4] >= confidence_th]
    objects = [_object(row, scale, object_names) for row in rows]
    return {"annotation": {"size": frame_size, "object": objects}}


def _object(
    row: list[float], scale: tuple[int, int], names: Sequence[str]
) -> dict[str, Any]:
    x, y, w, h, confidence, label = row
    corners = {
        "xmin": (x - w / 2) * scale[0],
        "ymin": (y - h / 2) * scale[1],
        "xmax": (x + w / 2) * scale[0],
        "ymax": (y + h / 2) * scale[1],
    }
    index = int(label)
    return {
        "id": index,
        "name": names[index],
        "confidence": confidence,
        "bndbox": corners,
    }


def tensor_from_annotation(
    ann: Mapping[str, Any],
    device: torch.device | str = "cpu",
    num_objects: int | None = None,
    normalized: bool = True,
) -> Tensor:
    """Boxes of an annotation, largest first.

    Args:
        ann: The annotation. Boxes without extent are left out; a box without
            confidence has 1.
        device: Where the tensor shall be.
        num_objects: Most boxes returned.
        normalized: Boxes as fractions of the frame rather than pixels.

    Returns:
        Boxes (n, 6): x, y, width, height, confidence, class, float32.
    """
    size = ann["annotation"]["size"]
    scale = (size["width"], size["height"]) if normalized else (1, 1)
    rows = []
    for item in ann["annotation"]["object"]:
        xmin, ymin, xmax, ymax = _corners(item)
        if xmax > xmin and ymax > ymin:
            area = (xmax - xmin) * (ymax - ymin)
            x, w = (xmin + xmax) / 2 / scale[0], (xmax - xmin) / scale[0]
            y, h = (ymin + ymax) / 2 / scale[1], (ymax - ymin) / scale[1]
            confidence = float(item.get("confidence", 1.0))
            rows.append((area, [x, y, w, h, confidence, float(item["id"])]))
    rows.sort(key=lambda row: -row[0])
    boxes = [box for _, box in rows][:num_objects]
    return torch.tensor(boxes, dtype=torch.float32, device=device).reshape(-1, 6)


def _corners(item: Mapping[str, Any]) -> tuple[float, float, float, float]:
    box = item["bndbox"]
    return tuple(float(box[key]) for key in ("xmin", "ymin", "xmax", "ymax"))  # type: ignore[return-value]


def merge_annotations(ann0: Annotation, ann1: Annotation) -> Annotation:
    """The objects of two annotations of one frame together.

    Args:
        ann0: An annotation.
        ann1: Another of a frame of the same size.

    Returns:
        A new annotation; its objects are those given, not copies.

    Raises:
        ValueError: The sizes differ.
    """
    first, second = ann0["annotation"], ann1["annotation"]
    if first["size"] != second["size"]:
        raise ValueError(
            f"annotations of frames of {first['size']} and {second['size']} can't be "
            "merged; resize one with resize_bounding_boxes."
        )
    objects = [*first["object"], *second["object"]]
    return {"annotation": {"size": first["size"], "object": objects}}


def resize_bounding_boxes(
    annotation: Annotation, size: tuple[Height, Width]
) -> Annotation:
    """Scale an annotation to a frame of another size, in place.

    Args:
        annotation: The annotation. Its coordinates are truncated to whole pixels.
        size: New height and width in pixels.

    Returns:
        ``annotation``.
    """
    frame = annotation["annotation"]["size"]
    down, across = size[0] / float(frame["height"]), size[1] / float(frame["width"])
    for box in _boxes(annotation):
        for key in box:
            box[key] = int(float(box[key])) * (across if key[0] == "x" else down)
    annotation["annotation"]["size"] = {
        "height": float(size[0]),
        "width": float(size[1]),
    }
    return annotation


def flipud_bounding_boxes(annotation: Annotation) -> Annotation:
    """Turn an annotation upside down, in place.

    Args:
        annotation: The annotation. The coordinates it changes are truncated.

    Returns:
        ``annotation``.
    """
    return _flip(annotation, "ymin", "ymax", "height")


def fliplr_bounding_boxes(annotation: Annotation) -> Annotation:
    """Mirror an annotation left to right, in place.

    Args:
        annotation: The annotation. The coordinates it changes are truncated.

    Returns:
        ``annotation``.
    """
    return _flip(annotation, "xmin", "xmax", "width")


def _flip(annotation: Annotation, low: str, high: str, side: str) -> Annotation:
    extent = int(float(annotation["annotation"]["size"][side]))
    for box in _boxes(annotation):
        first, last = int(float(box[low])), int(float(box[high]))
        box[low], box[high] = extent - last, extent - first
    return annotation


def _boxes(annotation: Annotation) -> list[dict[str, Any]]:
    return [item["bndbox"] for item in annotation["annotation"]["object"]]
