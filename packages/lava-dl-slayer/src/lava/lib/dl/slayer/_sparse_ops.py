"""Dense synapses that multiply events only, where events are few."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.core import training

__all__ = ["few_events", "sparse_dense"]

DENSITY = 0.05
"""Share of non-zero inputs below which the event-driven product is faster."""

SMALLEST = 1 << 16
"""Inputs below which counting the events costs more than it saves."""


def few_events(input: torch.Tensor, weight: torch.Tensor) -> bool:
    """Whether the event-driven product is worth it for an input (N, C, T)."""
    if torch.compiler.is_compiling() or input.numel() < SMALLEST:
        return False
    if input.device.type != "cpu" or weight.device.type != "cpu":
        return False
    if input.dtype != torch.float32 or weight.dtype != torch.float32:
        return False
    return int(torch.count_nonzero(input.detach())) < DENSITY * input.numel()


@torch.library.custom_op("lava_dl_slayer::sparse_dense", mutates_args=())
def sparse_dense(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Matrix product over the channels of a contiguous input (N, C, T), zeros skipped.

    Equal to the dense product where sums are exact, as those of quantised weights
    over binary spikes are; within float32 rounding elsewhere.
    """
    whole = weight.detach().contiguous().numpy()
    return torch.from_numpy(training.sparse_dense(input.detach().numpy(), whole))


@sparse_dense.register_fake
def _(input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return input.new_empty((input.shape[0], weight.shape[0], input.shape[2]))


@torch.library.custom_op("lava_dl_slayer::sparse_weight_gradient", mutates_args=())
def _weight_gradient(input: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    events = input.detach().transpose(0, 1).flatten(1).to_sparse_coo()
    rows = grad.detach().transpose(1, 2).flatten(0, 1)
    return torch.sparse.mm(events, rows).T.contiguous()


@_weight_gradient.register_fake
def _(input: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    return input.new_empty((grad.shape[1], input.shape[1]))


def _remember(ctx: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, Any]:
    input, weight = ctx.saved_tensors
    of_input = of_weight = None
    if ctx.needs_input_grad[0]:
        turned = weight.T.unsqueeze(-1)
        of_input = torch.nn.functional.conv1d(grad, turned)
    if ctx.needs_input_grad[1]:
        of_weight = _weight_gradient(input, grad)
    return of_input, of_weight


sparse_dense.register_autograd(_backward, setup_context=_remember)
