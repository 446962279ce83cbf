"""Boxes as tensors and annotations, suppression, drawing and video."""

from ._annotations import (
    RGB,
    Height,
    Width,
    annotation_from_tensor,
    fliplr_bounding_boxes,
    flipud_bounding_boxes,
    merge_annotations,
    resize_bounding_boxes,
    tensor_from_annotation,
)
from ._drawing import mark_bounding_boxes, render_events_img
from ._formats import (
    denormalize_bboxes,
    normalize_bboxes,
    onehot_to_labels,
    xxyy_to_xywh,
    xywh_to_xxyy,
)
from ._suppression import nms, non_maximum_suppression
from ._video import (
    create_frames,
    create_frames_events,
    create_video,
    create_video_events,
)

__all__ = [
    "RGB",
    "Height",
    "Width",
    "annotation_from_tensor",
    "create_frames",
    "create_frames_events",
    "create_video",
    "create_video_events",
    "denormalize_bboxes",
    "fliplr_bounding_boxes",
    "flipud_bounding_boxes",
    "mark_bounding_boxes",
    "merge_annotations",
    "nms",
    "non_maximum_suppression",
    "normalize_bboxes",
    "onehot_to_labels",
    "render_events_img",
    "resize_bounding_boxes",
    "tensor_from_annotation",
    "xxyy_to_xywh",
    "xywh_to_xxyy",
]
