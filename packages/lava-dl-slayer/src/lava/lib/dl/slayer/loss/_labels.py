"""Labels brought to the shape that a loss over time needs."""

from __future__ import annotations

import torch
from torch import Tensor


def class_over_time(label: Tensor, steps: int) -> Tensor:
    """Class indices (N,) or (N, T) as (N, T).

    Raises:
        ValueError: if the label has another rank or length.
    """
    if label.ndim == 1:
        return label[:, None].expand(-1, steps)
    if label.ndim != 2 or label.shape[1] != steps:
        raise ValueError(
            f"label must be of shape (N,) or (N, {steps}), got {tuple(label.shape)}"
        )
    return label


def check_classes(label: Tensor) -> Tensor:
    """The label, if it holds class indices.

    Raises:
        ValueError: if it doesn't.
    """
    if label.dtype != torch.int64:
        raise ValueError(f"label must be class indices, int64, got {label.dtype}")
    return label
