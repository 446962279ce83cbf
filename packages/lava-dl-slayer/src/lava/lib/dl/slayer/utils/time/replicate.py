"""Repetition of a tensor along a new time axis."""

from __future__ import annotations

from torch import Tensor

__all__ = ["replicate"]


def replicate(input: Tensor, num_steps: int) -> Tensor:
    """Repeats a tensor for a number of time steps.

    Args:
        input: tensor of any shape and dtype.
        num_steps: length of the new last axis.

    Returns:
        Tensor of shape ``input.shape + (num_steps,)``.

    >>> import torch
    >>> replicate(torch.tensor([1, 2]), 3).tolist()
    [[1, 1, 1], [2, 2, 2]]
    """
    return input.unsqueeze(-1).repeat(*[1] * input.ndim, num_steps)
