"""Runs an operator without torch's dispatcher, which takes longer than a small call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from lava.lib.dl.slayer.ops._operator import Operator

Tensors = Sequence[torch.Tensor]
Gradients = Callable[..., tuple[Any, ...]]

_wants_gradient = attrgetter("requires_grad")
_PLAIN = {torch.Tensor, torch.nn.Parameter}


def once(backward: Gradients) -> Gradients:
    """As ``once_differentiable``, but free where nobody wants a gradient's gradient."""
    guarded: Gradients = once_differentiable(backward)

    @wraps(backward)
    def run(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        asked = torch.is_grad_enabled()
        return guarded(ctx, *grads) if asked else backward(ctx, *grads)

    return run


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, operator: Operator, settings: Any, *tensors: Any) -> Any:
        ctx.operator, ctx.settings = operator, settings
        results = operator.forward(operator.arguments(tensors, settings))
        ctx.save_for_backward(*operator.saved(tensors, results))
        ctx.wanted = operator.wants_learned(ctx.needs_input_grad[2:])
        return tuple(results)

    @staticmethod
    @once
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[Any, ...]:
        operator: Operator = ctx.operator
        given = operator.saved_arguments(ctx.saved_tensors, ctx.settings)
        to_outputs = grads[: len(operator.outputs)]
        inputs, learned = operator.backward(to_outputs, given, ctx.wanted)
        none = [None] * operator.learned
        still = [torch.zeros_like(p) for p in given.parameters[operator.learned :]]
        found = [*inputs, *(learned if ctx.wanted else none), *still]
        return (None, None, *found, *[None] * len(operator.states))


def is_eager(tensors: Tensors) -> bool:
    """Whether nothing traces, transforms or watches what these tensors go through."""
    if torch.compiler.is_compiling() or torch._C._is_tracing():
        return False
    # A mode, as of torch.export or a profiler of operators, sees what is dispatched.
    if (
        torch._C._len_torch_dispatch_stack()
        or torch._C._are_functorch_transforms_active()
    ):
        return False
    return _PLAIN.issuperset(map(type, tensors))


def learns(tensors: Tensors) -> bool:
    """Whether autograd follows what these tensors go through."""
    return torch.is_grad_enabled() and any(map(_wants_gradient, tensors))


def run_eagerly(operator: Operator, tensors: Tensors, settings: Any) -> Tensors:
    """The results of an operator for tensors that are :func:`is_eager`."""
    if learns(tensors):
        results: Tensors = _Function.apply(operator, settings, *tensors)
        return results
    return operator.forward(operator.arguments(tensors, settings))
