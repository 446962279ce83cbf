"""Quantisation whose gradient passes straight through."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._tracing import direct, is_eager


@unique
class MODE(IntEnum):
    """How a value between two steps is rounded."""

    ROUND = 0
    FLOOR = 1


class _Quantize(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input: Tensor, step: Tensor, floor: bool) -> Tensor:
        steps = input / step
        return (torch.floor(steps) if floor else torch.round(steps)) * step

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """The gradient needs nothing."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Any, ...]:
        return grad_output, None, None


_apply = direct(_Quantize)


def quantize(input: Tensor, step: float = 1, mode: MODE = MODE.ROUND) -> Tensor:
    """Rounds to multiples of a step: round(input / step) step, half to even.

    Args:
        input: floating-point tensor of any shape.
        step: distance of two neighbouring values, rounded to the input's dtype.
        mode: to the nearest multiple, or to the one below.

    Returns:
        Tensor of the input's shape and dtype; its gradient is the input's.

    Raises:
        ValueError: if the mode is unknown.
    """
    if mode not in (MODE.ROUND, MODE.FLOOR):
        raise ValueError(f"{mode=} is not recognized.")
    floor = mode == MODE.FLOOR
    if not input.requires_grad and step == 1:  # as for the decays of every pass
        return torch.floor(input) if floor else torch.round(input)
    width = input.new_full((), step)  # Filled on its device: no copy waits.
    if not input.requires_grad:
        return _Quantize.forward(input, width, floor)
    return (_apply if is_eager(input) else _Quantize.apply)(input, width, floor)


def quantize_hook_fx(
    x: Tensor, scale: float = 1 << 6, num_bits: int = 8, descale: bool = False
) -> Tensor:
    """Quantises weights to even multiples of 1 / scale in a clamped range.

    The range is -2 * 2^num_bits to 2 * (2^num_bits - 1) in units of 1 / scale, which is
    one bit more than ``num_bits`` says: 8 bits give -512 to 510. Networks trained
    with it rely on that.

    Args:
        x: weights.
        scale: units per 1.0.
        num_bits: width of the range, see above.
        descale: return integers in units of 1 / scale.

    Returns:
        Tensor of the same shape; its gradient is 0 outside the range.
    """
    low, high = -2 * (1 << num_bits), 2 * ((1 << num_bits) - 1)
    y = ops.quantise(x, 2 / scale, low / scale, high / scale)
    return y if descale is False else y * scale
