"""Dropout of whole neurons: one that is dropped stays silent for the sample."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Dropout"]


class Dropout(torch.nn.Dropout3d):
    """Drops neurons, each for all of its time steps.

    Kept values are divided by 1 - p; in evaluation mode the input passes unchanged.

    Args:
        p: probability of dropping a neuron.
        inplace: write into the (contiguous) input.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__(p, inplace)

    def forward(self, input: Tensor) -> Tensor:
        """Applies the mask to a tensor of shape (N, C, ..., T)."""
        if not self.training or input.numel() == 0:
            return input
        batch, steps = input.shape[0], input.shape[-1]
        flat = input.reshape(batch, -1, 1, 1, steps)
        return super().forward(flat).reshape(input.shape)
