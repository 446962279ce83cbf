"""Delays and filters along time in plain torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain import fixed_point as fp
from lava.lib.dl.slayer._settings import ShiftSettings

Tensors = Sequence[Tensor]


def steps(delay: Tensor, sampling_time: float, length: int) -> Tensor:
    """Whole steps of a delay: trunc(delay / sampling_time), at most ``length``."""
    whole = torch.trunc(delay.float() / sampling_time).nan_to_num(0.0)
    return whole.clamp(-length, length).to(torch.int64)


def shift_all(input: Tensor, steps: int) -> Tensor:
    """Shifts every row by as many steps, later where positive; zeros come in."""
    length = input.shape[-1]
    steps = max(-length, min(length, steps))
    if steps == 0:
        return input
    kept = input[..., : length - steps] if steps > 0 else input[..., -steps:]
    return torch.nn.functional.pad(kept, (max(steps, 0), max(-steps, 0)))


def shift(x: Tensor, delay: Tensor, sampling_time: float = 1.0) -> Tensor:
    """y[t] = x[t - d], zero outside; one delay or one per channel."""
    length = x.shape[-1]
    blocks = steps(delay.reshape(-1), sampling_time, length)
    blocks = fp.per_channel(blocks, x.ndim)
    source = torch.arange(length, device=x.device) - blocks
    inside = (source >= 0) & (source < length)
    source = source.clamp(0, max(length - 1, 0)).expand(x.shape)
    return torch.where(inside, torch.gather(x, -1, source), 0.0)


def delay(
    inputs: Tensors, parameters: Tensors, _: Tensors, settings: ShiftSettings
) -> Tensors:
    """The shifted input."""
    return [shift(inputs[0], parameters[0], settings.sampling_time)]


def delay_backward(
    grads: Tensors,
    inputs: Tensors,
    parameters: Tensors,
    _: Tensors,
    settings: ShiftSettings,
) -> tuple[Tensors, Tensors]:
    """Gradients of the input and of the delay, whose slope is y[t-1] - y[t]."""
    (grad,), (delay,), unit = grads, parameters, settings.sampling_time
    y = shift(inputs[0], delay, unit)
    before = torch.nn.functional.pad(y, (1, 0))[..., :-1]
    to_delay = fp.sum_to_decay(grad * (before - y), delay)
    return [shift(grad, -delay, unit)], [to_delay]


def fir(x: Tensor, taps: Tensor, sampling_time: float, correlate: bool) -> Tensor:
    """Sum of the taps times the input's past, or its future where ``correlate``."""
    total = torch.zeros_like(x)
    length = x.shape[-1]
    for i, tap in enumerate(taps.reshape(-1)[:length]):
        if correlate:
            total[..., : length - i] += x[..., i:] * tap
        else:
            total[..., i:] += x[..., : length - i] * tap
    return total * sampling_time
