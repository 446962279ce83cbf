"""Object detection with event-based YOLO networks."""

from . import boundingbox, dataset, models, yolo_base
from .yolo_base import YOLOBase, YOLOLoss, YOLOtarget

bbox = boundingbox

__all__ = [
    "YOLOBase",
    "YOLOLoss",
    "YOLOtarget",
    "bbox",
    "boundingbox",
    "dataset",
    "models",
    "yolo_base",
]
