"""Confidence of each class from its rate."""

from __future__ import annotations

import torch
from torch import Tensor

MODES = ("probability", "softmax", "logsoftmax")


def confidence(rate: Tensor, mode: str, eps: float) -> Tensor:
    """Confidence over dimension 1 of ``rate``.

    Raises:
        ValueError: if the mode is none of ``MODES``.
    """
    if mode == "probability":
        return rate / (rate.sum(dim=1, keepdim=True) + eps)
    if mode == "softmax":
        return torch.softmax(rate, dim=1)
    if mode == "logsoftmax":
        return torch.log_softmax(rate, dim=1)
    raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
