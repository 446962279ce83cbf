"""The chip's integers in torch, each operation with its straight-through gradient.

A state is a float64 tensor that holds whole numbers up to 2^48, where it saturates:
exact, and part of autograd's graph where gradients are wanted.
"""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer._plain.surrogate import phase_slopes, spike_slope
from lava.lib.dl.slayer._settings import Surrogate

DECAY_ONE = 1 << 12
STATE_LIMIT = float(1 << 48)


class _Integer(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, scale: float) -> torch.Tensor:
        whole = torch.trunc(x * scale).nan_to_num(0.0, STATE_LIMIT, -STATE_LIMIT)
        return whole.double().clamp(-STATE_LIMIT, STATE_LIMIT)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return (grad * ctx.scale).float(), None


class _Real(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(y: torch.Tensor, scale: float) -> torch.Tensor:
        whole = y.float()
        return whole / whole.new_full((), scale)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return grad.double() / ctx.scale, None


class _DecayMultiply(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(y: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        product = y.to(torch.int64) * factor.to(torch.int64)
        return torch.div(product, DECAY_ONE, rounding_mode="trunc").double()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y, factor = ctx.saved_tensors
        return grad * factor / DECAY_ONE, grad * y / DECAY_ONE


class _Gate(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(fired: torch.Tensor, above: torch.Tensor, *slope: Any) -> torch.Tensor:
        return fired.double()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        _, above, tau, scale, surrogate = inputs
        ctx.save_for_backward(above)
        ctx.surrogate = tau, scale, False, surrogate

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        slope = spike_slope(*ctx.saved_tensors, *ctx.surrogate)
        return None, grad.float() * slope, None, None, None


class _PhaseGate(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(
        fired: torch.Tensor, above: torch.Tensor, imag: torch.Tensor, *slopes: Any
    ) -> torch.Tensor:
        return fired.double()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        _, above, imag, tau, scale, surrogate = inputs
        ctx.save_for_backward(above, imag)
        ctx.surrogate = tau, scale, False, surrogate

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        to_real, to_imag = phase_slopes(*ctx.saved_tensors, *ctx.surrogate)
        grad = grad.float()
        return None, grad * to_real, grad * to_imag, None, None, None


def integer(x: torch.Tensor, scale: float) -> torch.Tensor:
    """trunc(float32(x scale)) of a float32 tensor; NaN becomes 0."""
    y: torch.Tensor = _Integer.apply(x, scale)
    return y


def real(y: torch.Tensor, scale: float) -> torch.Tensor:
    """float32(y) / scale."""
    x: torch.Tensor = _Real.apply(y, scale)
    return x


def decay_multiply(y: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """trunc(y factor / 4096)."""
    product: torch.Tensor = _DecayMultiply.apply(y, factor.expand_as(y))
    return product


def gate(
    fired: torch.Tensor,
    above: torch.Tensor,
    tau: float,
    scale: float,
    surrogate: Surrogate,
) -> torch.Tensor:
    """0 or 1 as ``fired`` says, with the surrogate gradient of ``above`` >= 0."""
    gated: torch.Tensor = _Gate.apply(fired, above, tau, scale, surrogate)
    return gated


def phase_gate(
    fired: torch.Tensor,
    above: torch.Tensor,
    imag: torch.Tensor,
    tau: float,
    scale: float,
    surrogate: Surrogate,
) -> torch.Tensor:
    """As :func:`gate` for a crossing of the phase while ``above`` >= 0."""
    gated: torch.Tensor = _PhaseGate.apply(fired, above, imag, tau, scale, surrogate)
    return gated


def saturate(y: torch.Tensor) -> torch.Tensor:
    """Limits a state to what it can hold."""
    return y.clamp(-STATE_LIMIT, STATE_LIMIT)


def factor(decay: torch.Tensor, rank: int) -> torch.Tensor:
    """A decay without its fraction, shaped for states of ``rank`` dimensions.

    Several values belong to the channels, which are axis 1.
    """
    whole = decay + (torch.trunc(decay) - decay).detach()
    if decay.numel() > 1:
        whole = whole.reshape(-1, *[1] * (rank - 2))
    return whole.double()


def per_channel(decay: torch.Tensor, rank: int) -> torch.Tensor:
    """A decay shaped for states of ``rank`` dimensions, fraction included."""
    return decay.reshape(-1, *[1] * (rank - 2)) if decay.numel() > 1 else decay


def sum_to_decay(products: torch.Tensor, decay: torch.Tensor) -> torch.Tensor:
    """Sums a gradient of shape (N, C, ..., T) to one value, or one per channel."""
    if decay.numel() == 1:
        return products.double().sum().to(decay.dtype).reshape(decay.shape)
    axes = [i for i in range(products.ndim) if i != 1]
    return products.double().sum(axes).to(decay.dtype).reshape(decay.shape)


def reaches(y: torch.Tensor, level: float) -> torch.Tensor:
    """float32(y) >= float32(level), the comparison of a reset."""
    rounded = y.float()
    return rounded >= rounded.new_full((), level)
