"""YOLO networks of sigma-delta and CUBA blocks."""

from . import tiny_yolov3_str, yolo_kp, yolo_kp_events
from ._detector import Chain

__all__ = ["Chain", "tiny_yolov3_str", "yolo_kp", "yolo_kp_events"]
