"""Sigma and delta in plain torch, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lava.lib.dl.slayer import _fixed_point as fp
from lava.lib.dl.slayer._settings import DeltaSettings
from lava.lib.dl.slayer.utils.quantize import MODE, quantize

Tensors = Sequence[torch.Tensor]


def sigma(x: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Running sum in double plus the state, and its last value."""
    state = state.expand(x.shape[:-1])
    total = torch.cumsum(x.double(), -1).float() + state[..., None]
    return total, total[..., -1].clone() if x.shape[-1] else state.clone()


def sigma_backward(grad: torch.Tensor) -> torch.Tensor:
    """Running sum from the last step backward."""
    return torch.cumsum(grad.flip(-1), -1).flip(-1)


def changes(
    x: torch.Tensor, threshold: torch.Tensor, states: Tensors, cumulative: bool
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """What is sent before rounding, the changes it came from, and the last states."""
    before, residual, error = (s.expand(x.shape[:-1]).clone() for s in states)
    threshold = fp.per_channel(threshold.reshape(-1), x.ndim - 1)
    sent, all_changes = [], []
    for now in x.unbind(-1):
        change = (now - before) + residual
        error = error + change if cumulative else error
        judged = error if cumulative else change
        y = torch.where(judged.abs() >= threshold, change, torch.zeros_like(change))
        error = torch.where(y.abs() > 0, torch.zeros_like(error), error)
        residual, before = change - y, now.clone()
        sent.append(y)
        all_changes.append(change)
    if not sent:
        return torch.zeros_like(x), torch.zeros_like(x), [before, residual, error]
    last = [before, residual, error]
    return torch.stack(sent, -1), torch.stack(all_changes, -1), last


def delta(
    x: torch.Tensor, threshold: torch.Tensor, states: Tensors, settings: DeltaSettings
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """What is sent, floored to 1 / scale, and the last states."""
    y, _, last = changes(x, threshold, states, settings.cumulative)
    return quantize(y, step=1 / settings.scale, mode=MODE.FLOOR), last


def delta_backward(
    grad: torch.Tensor,
    x: torch.Tensor,
    threshold: torch.Tensor,
    states: Tensors,
    settings: DeltaSettings,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradients of x and of the threshold."""
    _, change, _ = changes(x, threshold, states, settings.cumulative)
    level = fp.per_channel(threshold.reshape(-1), x.ndim)
    above = change.abs() - level
    slope = settings.surrogate_scale * torch.exp(-above.abs() / settings.tau) / level
    each = torch.where(above > 0, -change * slope, -torch.sign(change))
    later = torch.nn.functional.pad(grad[..., 1:], (0, min(1, grad.shape[-1])))
    return grad - later, fp.sum_to_decay(each * grad, threshold)
