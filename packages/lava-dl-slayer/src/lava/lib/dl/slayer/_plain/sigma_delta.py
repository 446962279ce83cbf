"""Sigma and delta in plain torch, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain import fixed_point as fp
from lava.lib.dl.slayer._plain.surrogate import threshold_slope
from lava.lib.dl.slayer._settings import DeltaSettings

Tensors = Sequence[Tensor]
Result = tuple[list[Tensor], list[Tensor]]


def sigma(inputs: Tensors, _: Tensors, states: Tensors, settings: object) -> Tensors:
    """Running sum in double plus the state, and its last value."""
    (x,), (state,) = inputs, states
    state = state.expand(x.shape[:-1])
    total = torch.cumsum(x.double(), -1).float() + state[..., None]
    return total, total[..., -1].clone() if x.shape[-1] else state.clone()


def sigma_backward(grads: Tensors, *_: object) -> Result:
    """Running sum from the last step backward."""
    return [torch.cumsum(grads[0].flip(-1), -1).flip(-1)], []


def changes(
    x: Tensor, threshold: Tensor, states: Tensors, cumulative: bool
) -> tuple[Tensor, Tensor, list[Tensor]]:
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
    inputs: Tensors, parameters: Tensors, states: Tensors, settings: DeltaSettings
) -> Tensors:
    """What is sent, floored to 1 / scale, and the last states."""
    y, _, last = changes(inputs[0], parameters[0], states, settings.cumulative)
    step = y.new_full((), 1 / settings.scale)
    return [torch.floor(y / step) * step, *last]


def delta_backward(
    grads: Tensors,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: DeltaSettings,
) -> Result:
    """Gradients of the input and of the threshold."""
    (grad,), (x,), (threshold,) = grads, inputs, parameters
    _, change, _ = changes(x, threshold, states, settings.cumulative)
    level = fp.per_channel(threshold.reshape(-1), x.ndim)
    above = change.abs() - level
    numbers = settings.tau, settings.surrogate_scale, settings.surrogate
    slope = threshold_slope(above, *numbers) / level
    each = torch.where(above > 0, -change * slope, -torch.sign(change))
    later = torch.nn.functional.pad(grad[..., 1:], (0, min(1, grad.shape[-1])))
    return [grad - later], [fp.sum_to_decay(each * grad, threshold)]


def _active(total: Tensor, bias: Tensor, settings: DeltaSettings) -> Tensor:
    biased = total + bias.reshape(-1, *[1] * (total.ndim - 2))
    return biased.relu() if settings.rectified else biased


def sigma_delta(
    inputs: Tensors, parameters: Tensors, states: Tensors, settings: DeltaSettings
) -> Tensors:
    """What is sent of the sum's activation, and the last states."""
    threshold, bias = parameters
    total, end = sigma(inputs, (), states[:1], settings)
    active = _active(total, bias, settings)
    y, *last = delta([active], [threshold], states[1:], settings)
    return [y, end, *last]


def sigma_delta_backward(
    grads: Tensors,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: DeltaSettings,
) -> Result:
    """Gradients of the input, of the threshold and of the bias."""
    threshold, bias = parameters
    total, _ = sigma(inputs, (), states[:1], settings)
    active = _active(total, bias, settings)
    (to_active,), to_threshold = delta_backward(
        grads, [active], [threshold], states[1:], settings
    )
    if settings.rectified:
        to_active = to_active * (active > 0)
    to_bias = fp.sum_to_decay(to_active, bias)
    return sigma_backward([to_active])[0], [*to_threshold, to_bias]
