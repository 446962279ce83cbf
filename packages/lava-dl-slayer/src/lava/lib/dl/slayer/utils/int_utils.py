"""Integer arithmetic as the chip does it: rounding toward zero."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["Q2Zero", "right_shift_to_zero"]


def right_shift_to_zero(x: Tensor, bits: int) -> Tensor:
    """Divides by a power of two and drops the fraction: ``sign(x) * (abs(x) >> bits)``.

    Args:
        x: int32 or int64 tensor.
        bits: number of bits to shift by.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        TypeError: for any other dtype.
    """
    if x.dtype not in (torch.int32, torch.int64):
        raise TypeError(f"Expected torch.int32 or torch.int64 data, found {x.dtype}.")
    return torch.sign(x) * (torch.abs(x) >> bits)


class Q2Zero(torch.autograd.Function):
    """Truncates toward zero; the gradient passes unchanged."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        """trunc(x) through int32, in the dtype of x."""
        return torch.sign(x) * torch.abs(x).to(torch.int32).to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """The gradient needs nothing."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        """Straight through."""
        return grad_output
