"""The one way from a kernel to PyTorch: a description from which all else follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lava.lib.dl.slayer._settings import Numbers, schema_of
from lava.lib.dl.slayer._tracing import (
    direct,
    is_eager,
    is_transformed,
    refuse_tangents,
)

Tensors = Sequence[Any]
"""Tensors, or None where an argument is optional or nobody asks for a result."""

_any_requires_grad = torch._C._any_requires_grad
Compute = Callable[[Tensors, Any], Tensors]
Gradient = Callable[[Tensors, Tensors, Any, Sequence[bool]], Tensors]


class Operator:
    """An operator ``lava_dl::<name>``: schema, fake, autograd, ``vmap``, eager path.

    Args:
        name: its name in torch's registry.
        tensors: names of its tensors; one that ends in ``?`` may be None.
        compute: the results from the tensors and the numbers; None for one that nobody
            asks for, which torch's dispatcher gets as zeros.
        fake: empty tensors of the results' shapes, from the same.
        numbers: the named tuple of its other arguments.
        results: how many tensors it gives.
        gradient: gradients of the tensors (None where there is none) from those of
            the results, from what was saved, the numbers, and which tensors need one;
            written with operators, so that it can be traced as well. Without it the
            operator has no gradient.
        differentiable: how many results, from the first, have a gradient.
        save: what the gradient needs, from tensors and results; the tensors if None.
    """

    def __init__(
        self,
        name: str,
        tensors: Sequence[str],
        compute: Compute,
        fake: Compute,
        numbers: Any = Numbers,
        results: int = 1,
        gradient: Gradient | None = None,
        differentiable: int | None = None,
        save: Callable[[Tensors, Tensors], Tensors] | None = None,
    ) -> None:
        self.name, self.numbers = name, numbers
        self.compute, self.fake, self.gradient = compute, fake, gradient
        self.save = save
        self.differentiable = results if differentiable is None else differentiable
        self._count = len(tensors)
        self.handle = self._register(tensors, results)

    def __call__(self, tensors: Tensors, numbers: Any = ()) -> Tensors:
        """The results."""
        if not is_eager(*tensors):
            return self._watched(tensors, numbers)
        if torch.is_grad_enabled() and _any_requires_grad(*tensors):
            return _apply(self, numbers, *tensors)
        return self.compute(tensors, numbers)

    def _watched(self, tensors: Tensors, numbers: Any) -> Tensors:
        """The results where something traces, transforms or watches tensors."""
        refuse_tangents(self.name, tensors)
        if is_transformed():
            results: Any = _Transformed.apply(self, numbers, *tensors)
            return list(results)
        results = self.handle(*tensors, *numbers)
        return [results] if isinstance(results, torch.Tensor) else list(results)

    def pull(
        self,
        grads: Tensors,
        saved: Tensors,
        numbers: Any,
        needs: Sequence[bool],
    ) -> list[Any]:
        """Gradients of the tensors from those of the results."""
        if self.gradient is None:
            raise NotImplementedError(f"lava_dl::{self.name} has no gradient.")
        if len(grads) > 1 or grads[0] is None:
            some = next((g for g in grads if g is not None), None)
            if some is None:
                return [None] * self._count
            grads = [torch.zeros_like(some) if g is None else g for g in grads]
        gradients = self.gradient(grads, saved, numbers, needs)
        return [*gradients, *[None] * (self._count - len(gradients))]

    def _register(self, tensors: Sequence[str], results: int) -> Any:
        arguments = [
            f"Tensor? {t[:-1]}" if t.endswith("?") else f"Tensor {t}" for t in tensors
        ]
        inputs = ", ".join([*arguments, *schema_of(self.numbers)])
        outputs = ", ".join(["Tensor"] * results)
        handle = torch.library.custom_op(
            f"lava_dl::{self.name}",
            self._computed,
            mutates_args=(),
            schema=f"({inputs}) -> " + (outputs if results == 1 else f"({outputs})"),
        )
        handle.register_fake(self._empty)
        if self.gradient is not None:
            handle.register_autograd(self._backward, setup_context=self._remember)
        if hasattr(handle, "register_vmap"):  # From torch 2.5 on.
            handle.register_vmap(self.one_by_one)
        return handle

    def _split(self, args: Sequence[Any]) -> tuple[Tensors, Any]:
        return args[: self._count], self.numbers(*args[self._count :])

    def _computed(self, *args: Any) -> Any:
        arguments = self._split(args)
        results = self.compute(*arguments)
        if any(each is None for each in results):
            pairs = zip(results, self.fake(*arguments), strict=True)
            results = [like.zero_() if r is None else r for r, like in pairs]
        return _single(results)

    def _empty(self, *args: Any) -> Any:
        return _single(self.fake(*self._split(args)))

    def _remember(self, ctx: Any, inputs: Sequence[Any], output: Any) -> None:
        tensors, ctx.numbers = self._split(inputs)
        results = [output] if isinstance(output, torch.Tensor) else output
        ctx.save_for_backward(*(self.save(tensors, results) if self.save else tensors))

    def _backward(self, ctx: Any, *grads: Any) -> tuple[Any, ...]:
        gradients = self.pull(
            grads[: self.differentiable],
            ctx.saved_tensors,
            ctx.numbers,
            ctx.needs_input_grad[: self._count],
        )
        return (*gradients, *[None] * len(ctx.numbers))

    def one_by_one(self, info: Any, axes: Sequence[Any], *args: Any) -> Any:
        """Calls the operator for each entry of the axis that ``vmap`` maps."""
        pairs = list(zip(args, axes, strict=True))
        results = [
            self(
                *self._split(
                    [a.select(d, i) if isinstance(d, int) else a for a, d in pairs]
                )
            )
            for i in range(info.batch_size)
        ]
        if len(results[0]) == 1:
            return torch.stack([each for (each,) in results]), 0
        stacked = tuple(torch.stack(each) for each in zip(*results, strict=True))
        return stacked, (0,) * len(stacked)


class _Function(torch.autograd.Function):
    """An operator in autograd's graph without torch's dispatcher."""

    @staticmethod
    def forward(ctx: Any, operator: Operator, numbers: Any, *tensors: Any) -> Any:
        results = operator.compute(tensors, numbers)
        save = operator.save
        ctx.save_for_backward(*(tensors if save is None else save(tensors, results)))
        ctx.set_materialize_grads(False)
        ctx.operator, ctx.numbers = operator, numbers
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        operator: Operator = ctx.operator
        gradients = operator.pull(
            grads[: operator.differentiable],
            ctx.saved_tensors,
            ctx.numbers,
            ctx.needs_input_grad[2:],
        )
        return (None, None, *gradients)


class _Transformed(torch.autograd.Function):
    """An operator under the transforms of ``torch.func``."""

    @staticmethod
    def forward(operator: Operator, numbers: Any, *tensors: Any) -> Any:
        return tuple(operator(tensors, numbers))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Saves as the operator says."""
        ctx.operator, ctx.numbers, *tensors = inputs
        save = ctx.operator.save
        ctx.save_for_backward(*(tensors if save is None else save(tensors, output)))

    backward = _Function.backward

    @staticmethod
    def vmap(
        info: Any, axes: Sequence[Any], operator: Operator, numbers: Any, *tensors: Any
    ) -> Any:
        """One by one."""
        every, axes = (*tensors, *numbers), (*axes[2:], *[None] * len(numbers))
        results, out = operator.one_by_one(info, axes, *every)
        return (
            ((results,), (out,))
            if isinstance(results, torch.Tensor)
            else (results, out)
        )


_apply = direct(_Function)


def like_first(tensors: Tensors, _: Any) -> Tensors:
    """A fake result of the first tensor's shape."""
    return [tensors[0].new_empty(tensors[0].shape)]


def by_values(name: str, value: Compute, backward: Compute, numbers: Any) -> Operator:
    """An operator on the single values of a tensor, and its backward twin.

    Args:
        name: its name in torch's registry.
        value: the result from the tensor and the numbers.
        backward: the tensor's gradient from the tensor, that of the result, the same.
        numbers: the named tuple of its other arguments.
    """
    twin = Operator(f"{name}_backward", ("x", "grad"), backward, like_first, numbers)

    def gradient(
        grads: Tensors, saved: Tensors, settings: Any, _: Sequence[bool]
    ) -> Tensors:
        return twin((*saved, *grads), settings)

    return Operator(name, ("x",), value, like_first, numbers, gradient=gradient)


def _single(results: Tensors) -> Any:
    return results[0] if len(results) == 1 else tuple(results)
