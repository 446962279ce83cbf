"""Tiny YOLO of sigma-delta blocks, which needs the extra ``obd``."""

from __future__ import annotations

from typing import Any

import torch


def tiny_yolo_sdnn(num_classes: int = 11, **options: Any) -> torch.nn.Module:
    """Tiny YOLOv3 with strided convolutions for images (N, 3, H, W, T).

    Args:
        num_classes: Number of classes; 11 are those of BDD100K.
        options: Further arguments of
            :class:`~lava.lib.dl.slayer.object_detection.models.tiny_yolov3_str.Network`.
    """
    from lava.lib.dl.slayer.object_detection.models import tiny_yolov3_str

    return tiny_yolov3_str.Network(num_classes, **options)
