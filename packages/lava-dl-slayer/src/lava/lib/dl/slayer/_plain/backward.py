"""Gradients of the recurrences as SLAYER defines them, in plain torch.

They are those of the linear recursions: nothing flows through a reset, a threshold or
an initial state. Decays keep their fraction here; their own gradients are true ones,
per unit of a parameter that holds 4096 times the decay.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain import fixed_point as fp
from lava.lib.dl.slayer._settings import Settings

Tensors = Sequence[Tensor]
Result = tuple[list[Tensor], list[Tensor]]


def _later(grad: Tensor) -> Tensor:
    """The gradient one step later, zero after the last."""
    return torch.nn.functional.pad(grad[..., 1:], (0, min(1, grad.shape[-1])))


def leaky_integrator(
    grads: Tensors, decays: Tensors, traces: Tensors, settings: Settings
) -> Result:
    """g[t] = (1 - decay / 4096) g[t+1] + grad[t]."""
    (grad,), (decay,), (y,) = grads, decays, traces
    factor = 1 - fp.per_channel(decay, grad.ndim - 1) / fp.DECAY_ONE
    total = torch.empty_like(grad)
    carried = torch.zeros_like(grad[..., 0]) if grad.shape[-1] else grad
    for t in reversed(range(grad.shape[-1])):
        carried = factor * carried + grad[..., t]
        total[..., t] = carried
    slope = -_later(total) * y / fp.DECAY_ONE
    return [total], [fp.sum_to_decay(slope, decay)]


def resonator(
    grads: Tensors, decays: Tensors, traces: Tensors, settings: Settings
) -> Result:
    """The rotation by the opposite angle, step by step."""
    rank = grads[0].ndim - 1
    sin, cos = (fp.per_channel(d, rank) / fp.DECAY_ONE for d in decays)
    totals = [torch.empty_like(g) for g in grads]
    steps = grads[0].shape[-1]
    a = b = torch.zeros_like(grads[0][..., 0]) if steps else grads[0]
    for t in reversed(range(steps)):
        real = cos * a + sin * b + grads[0][..., t]
        b = cos * b - sin * a + grads[1][..., t]
        a = real
        totals[0][..., t], totals[1][..., t] = a, b
    later_real, later_imag = (_later(g) / fp.DECAY_ONE for g in totals)
    real, imag = traces
    to_sin = later_imag * real - later_real * imag
    to_cos = later_real * real + later_imag * imag
    sums = zip((to_sin, to_cos), decays, strict=True)
    return totals, [fp.sum_to_decay(s, d) for s, d in sums]
