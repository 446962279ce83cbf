"""Repetition of a tensor along a new time axis."""

from __future__ import annotations

import torch

__all__ = ["replicate"]


def replicate(input: torch.Tensor, num_steps: int) -> torch.Tensor:
    """Repeats a tensor for a number of time steps.

    Args:
        input: tensor of any shape and dtype.
        num_steps: length of the new last axis.

    Returns:
        Tensor of shape ``input.shape + (num_steps,)``.
    """
    return input.unsqueeze(-1).repeat(*[1] * input.ndim, num_steps)
