"""Kernels whose states carry gradients from one call to the next, in time's chunks.

Whole neurons hand on what their backward passes carry from step to step, so that calls
one after the other give the gradients of one call, bit for bit in the inputs.
"""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer.ops._kernel import Kernel, apply
from lava.lib.dl.slayer.ops._launch import runs_on
from lava.lib.dl.slayer.ops._operator import Tensors


def carry(
    kernel: Kernel,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Any,
) -> Tensors:
    """As ``apply``, with gradients of the states before and after.

    Args:
        kernel: which.
        inputs: tensors (N, C, ..., T), floating point, of shapes that fit.
        parameters: decays times 4096.
        states: tensors (N, C, ...) or of one value.
        settings: its numbers.
    """
    inexact = settings.exact and not kernel.exact
    by_torch = inexact or callable(settings.surrogate) or not runs_on(inputs[0])
    if by_torch or not kernel.learned or not torch.is_grad_enabled():
        torch_carries = by_torch and torch.is_grad_enabled()
        return apply(kernel, inputs, parameters, states, settings, torch_carries)
    return through(kernel, (*inputs, *parameters, *states), settings, True)


def through(kernel: Kernel, tensors: Tensors, settings: Any, carries: bool) -> Tensors:
    """A kernel's results, with such gradients if it ``carries``.

    Raises:
        NotImplementedError: if then no kernel takes the tensors.
    """
    if not carries or not torch.is_grad_enabled():
        return kernel(tensors, settings)
    given = [t.float() for t in tensors]
    if callable(getattr(settings, "surrogate", 0)) or not runs_on(given[0]):
        raise NotImplementedError(
            f"gradients of {kernel.name} in chunks of time need a surrogate by its "
            f"name, and a kernel, which there is none of on {given[0].device.type}"
        )
    rows, first = given[0].shape[:-1], len(given) - len(kernel.states)
    given[first:] = [s.expand(rows) for s in given[first:]]
    function: Any = _Whole if kernel.carried else _Part
    return list(function.apply(kernel, settings, *given))


class _Whole(torch.autograd.Function):
    """A neuron whose backward pass begins where that of later steps ended."""

    @staticmethod
    def forward(ctx: Any, kernel: Kernel, settings: Any, *tensors: Any) -> Any:
        """Outputs and last states."""
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        ctx.kernel, ctx.settings = kernel, settings
        return tuple(kernel.compute(tensors, settings))

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Gradients of inputs, parameters and states."""
        kernel, given = (
            ctx.kernel,
            ctx.kernel.arguments(ctx.saved_tensors, ctx.settings),
        )
        outputs, later = _split(grads, len(kernel.outputs), given.inputs[0])
        needs = ctx.needs_input_grad[2:]
        found = kernel.launch_backward(
            outputs,
            given,
            _learns(kernel, needs),
            later,
            kernel.carries(ctx.settings) if True in needs[-len(given.states) :] else 0,
        )
        return (None, None, *_placed(kernel, given, *found))


class _Part(torch.autograd.Function):
    """An integrator or resonator, whose last states are its outputs' last step."""

    @staticmethod
    def forward(ctx: Any, kernel: Kernel, settings: Any, *tensors: Any) -> Any:
        """Outputs."""
        results = kernel.compute(tensors, settings)
        first, second = len(kernel.inputs), len(tensors) - len(kernel.states)
        ctx.save_for_backward(*results, *tensors[first:second], *tensors[second:])
        ctx.kernel, ctx.settings = kernel, settings
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Gradients of inputs, parameters and states."""
        kernel, saved = ctx.kernel, ctx.saved_tensors
        first, second = len(kernel.outputs), len(saved) - len(kernel.states)
        given = kernel.arguments(saved, ctx.settings)._replace(
            inputs=saved[:first], parameters=saved[first:second], states=saved[second:]
        )
        learn = _learns(kernel, ctx.needs_input_grad[2:])
        to_inputs, learned = kernel.gradients(grads, given, learn)
        earlier, of_start = _first_step(kernel, given, to_inputs)
        learned = [a + b for a, b in zip(learned, of_start, strict=False)]
        return (None, None, *_placed(kernel, given, to_inputs, learned, earlier))


def _first_step(kernel: Kernel, given: Any, to_inputs: Tensors) -> tuple[Any, Any]:
    """What the first step's decays hand to the states before it, and get from them."""
    pad = torch.nn.functional.pad
    grads = [pad(g[..., :1], (1, 0)) for g in to_inputs]
    starts = [s.unsqueeze(-1).expand(*s.shape, 2) for s in given.states]
    backward = kernel.plain.backward
    assert backward is not None  # else there is nothing to carry
    found, learned = backward(
        grads, starts, given.parameters, given.states, given.settings
    )
    return [g[..., 0] for g in found], learned


def _split(grads: Any, count: int, like: torch.Tensor) -> tuple[Tensors, Tensors]:
    """Gradients of outputs, absent ones zero, and of states."""
    outputs = [torch.zeros_like(like) if g is None else g for g in grads[:count]]
    return outputs, grads[count:]


def _learns(kernel: Kernel, needs: Any) -> bool:
    first = len(kernel.inputs)
    return True in needs[first : first + kernel.learned]


def _placed(
    kernel: Kernel, given: Any, to_inputs: Tensors, learned: Tensors, earlier: Tensors
) -> list[Any]:
    """Gradients in the order of the tensors, None where there is none."""
    parameters, states = len(given.parameters), len(given.states)
    none: list[Any] = [None]
    return [
        *to_inputs,
        *learned,
        *none * (parameters - len(learned)),
        *earlier,
        *none * (states - len(earlier)),
    ]
