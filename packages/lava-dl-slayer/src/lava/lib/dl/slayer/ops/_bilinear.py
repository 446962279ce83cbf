"""Operators on two tensors, linear in each, whose gradients are such operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from lava.lib.dl.slayer.ops._eager import is_eager, learns
from lava.lib.dl.slayer.ops._operator import one_by_one

Compute = Callable[[torch.Tensor, torch.Tensor, list[int], int], torch.Tensor]


class Bilinear:
    """An operator on two tensors, linear in each.

    Args:
        name: its name in torch's registry.
        compute: what it computes.
        fake: an empty tensor of the result's shape.
        of_first: gradient of the first tensor from the result's and the arguments.
        of_second: likewise of the second.
    """

    def __init__(
        self, name: str, compute: Compute, fake: Compute, of_first: Any, of_second: Any
    ) -> None:
        self.compute = compute
        self._gradients = of_first, of_second
        self._operator: Any = torch.library.custom_op(
            f"lava_dl::{name}", compute, mutates_args=()
        )
        self._operator.register_fake(fake)
        self._operator.register_autograd(self.pull, setup_context=_remember)
        if hasattr(self._operator, "register_vmap"):  # From torch 2.5 on.
            self._operator.register_vmap(one_by_one(self._operator))

    def __call__(
        self, first: torch.Tensor, second: torch.Tensor, *where: Any
    ) -> torch.Tensor:
        found: torch.Tensor
        if not is_eager((first, second)):
            found = self._operator(first, second, *where)
        elif learns((first, second)):
            found = _Function.apply(self, first, second, *where)
        else:
            found = self.compute(first, second, *where)
        return found

    def pull(self, ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of the two tensors, each where it is wanted."""
        given = grad, *ctx.saved_tensors, *ctx.where
        wanted = zip(self._gradients, ctx.needs_input_grad[-4:-2], strict=True)
        first, second = (of(*given) if want else None for of, want in wanted)
        return first, second, None, None


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, operator: Bilinear, *given: Any) -> torch.Tensor:
        ctx.operator = operator
        _remember(ctx, given, None)
        return operator.compute(*given)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        return None, *ctx.operator.pull(ctx, grad)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    first, second, *ctx.where = inputs
    ctx.save_for_backward(first, second)
