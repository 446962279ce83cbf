"""YOLO networks of sigma-delta and CUBA blocks."""

from . import tiny_yolov3_str, yolo_kp, yolo_kp_events

__all__ = ["tiny_yolov3_str", "yolo_kp", "yolo_kp_events"]
