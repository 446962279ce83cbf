"""The chip's integers in torch, each operation with its straight-through gradient.

A state is a float64 tensor that holds whole numbers up to 2^48, where it saturates:
exact, and part of autograd's graph where gradients are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain.surrogate import phase_slopes, spike_slope
from lava.lib.dl.slayer._settings import Surrogate

DECAY_ONE = 1 << 12
STATE_LIMIT = float(1 << 48)


class _Integer(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, scale: float) -> Tensor:
        whole = torch.trunc(x * scale).nan_to_num(0.0, STATE_LIMIT, -STATE_LIMIT)
        return whole.double().clamp(-STATE_LIMIT, STATE_LIMIT)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return (grad * ctx.scale).float(), None


class _Real(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(y: Tensor, scale: float) -> Tensor:
        whole = y.float()
        return whole / whole.new_full((), scale)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad.double() / ctx.scale, None


class _DecayMultiply(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(y: Tensor, factor: Tensor) -> Tensor:
        product = y.to(torch.int64) * factor.to(torch.int64)
        return torch.div(product, DECAY_ONE, rounding_mode="trunc").double()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        y, factor = ctx.saved_tensors
        return grad * factor / DECAY_ONE, grad * y / DECAY_ONE


class _Gate(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(fired: Tensor, *slope: Any) -> Tensor:
        return fired.double()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, tau, scale, surrogate, *parts = inputs
        ctx.save_for_backward(*parts)
        ctx.surrogate = tau, scale, False, surrogate

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        parts, grad = ctx.saved_tensors, grad.float()
        slopes: Sequence[Tensor] = (
            phase_slopes(*parts, *ctx.surrogate)
            if len(parts) > 1
            else (spike_slope(*parts, *ctx.surrogate),)
        )
        return (None, None, None, None, *(grad * slope for slope in slopes))


def integer(x: Tensor, scale: float) -> Tensor:
    """trunc(float32(x scale)) of a float32 tensor; NaN becomes 0."""
    return _Integer.apply(x, scale)


def real(y: Tensor, scale: float) -> Tensor:
    """float32(y) / scale."""
    return _Real.apply(y, scale)


def decay_multiply(y: Tensor, factor: Tensor) -> Tensor:
    """trunc(y factor / 4096)."""
    return _DecayMultiply.apply(y, factor.expand_as(y))


def gate(
    fired: Tensor, tau: float, scale: float, surrogate: Surrogate, *parts: Tensor
) -> Tensor:
    """0 or 1 as ``fired`` says, with the surrogate gradient of its parts.

    They are what must be at least 0, and where a phase must cross 0, too, that phase.
    """
    return _Gate.apply(fired, tau, scale, surrogate, *parts)


def saturate(y: Tensor) -> Tensor:
    """Limits a state to what it can hold."""
    return y.clamp(-STATE_LIMIT, STATE_LIMIT)


def factor(decay: Tensor, rank: int) -> Tensor:
    """A decay without its fraction, shaped for states of ``rank`` dimensions.

    Several values belong to the channels, which are axis 1.
    """
    whole = decay + (torch.trunc(decay) - decay).detach()
    if decay.numel() > 1:
        whole = whole.reshape(-1, *[1] * (rank - 2))
    return whole.double()


def per_channel(decay: Tensor, rank: int) -> Tensor:
    """A decay shaped for states of ``rank`` dimensions, fraction included."""
    return decay.reshape(-1, *[1] * (rank - 2)) if decay.numel() > 1 else decay


def sum_to_decay(products: Tensor, decay: Tensor) -> Tensor:
    """Sums a gradient of shape (N, C, ..., T) to one value, or one per channel."""
    if decay.numel() == 1:
        return products.double().sum().to(decay.dtype).reshape(decay.shape)
    axes = [i for i in range(products.ndim) if i != 1]
    return products.double().sum(axes).to(decay.dtype).reshape(decay.shape)


def reaches(y: Tensor, level: float) -> Tensor:
    """float32(y) >= float32(level), the comparison of a reset."""
    rounded = y.float()
    return rounded >= rounded.new_full((), level)
