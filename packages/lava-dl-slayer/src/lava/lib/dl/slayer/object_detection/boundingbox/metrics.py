"""Overlap of boxes and average precision of detections."""

from ._average_precision import (
    APstats,
    average_precision_metrics,
    compute_ap,
    mean_average_precision,
)
from ._overlap import EPS, bbox_ciou, bbox_iou, wh_iou

__all__ = [
    "EPS",
    "APstats",
    "average_precision_metrics",
    "bbox_ciou",
    "bbox_iou",
    "compute_ap",
    "mean_average_precision",
    "wh_iou",
]
