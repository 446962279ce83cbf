"""Kernels whose states carry gradients from one call to the next, in time's chunks.

Whole neurons hand on what their backward passes carry from step to step, so that calls
one after the other give the gradients of one call, bit for bit in the inputs.
"""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer.ops._kernel import Arguments, Kernel, apply
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
    floats = [t.float() for t in tensors]
    if callable(getattr(settings, "surrogate", 0)) or not runs_on(floats[0]):
        raise NotImplementedError(
            f"gradients of {kernel.name} in chunks of time need a surrogate by its "
            f"name, and a kernel, which there is none of on {floats[0].device.type}"
        )
    rows, first = floats[0].shape[:-1], len(floats) - len(kernel.states)
    floats[first:] = [s.expand(rows) for s in floats[first:]]
    function: Any = _Carried
    return list(function.apply(kernel, settings, *floats))


class _Carried(torch.autograd.Function):
    """A kernel whose backward pass begins where that of later steps ended.

    A whole neuron's reads the inputs again. An integrator's or resonator's reads the
    outputs, whose last step is its last states.
    """

    @staticmethod
    def forward(ctx: Any, kernel: Kernel, settings: Any, *tensors: Any) -> Any:
        """Outputs, and last states of whole neurons."""
        results, first = kernel.compute(tensors, settings), len(kernel.inputs)
        read = tensors[:first] if kernel.carried else results
        ctx.save_for_backward(*read, *tensors[first:])
        ctx.set_materialize_grads(False)
        ctx.kernel, ctx.settings = kernel, settings
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Gradients of inputs, parameters and states."""
        kernel, saved, needs = ctx.kernel, ctx.saved_tensors, ctx.needs_input_grad[2:]
        first = len(kernel.inputs if kernel.carried else kernel.outputs)
        second = len(saved) - len(kernel.states)
        arguments = Arguments(
            saved[:first], saved[first:second], saved[second:], ctx.settings
        )
        count = len(kernel.outputs)
        outputs = [
            torch.zeros_like(saved[0]) if g is None else g for g in grads[:count]
        ]
        learn = True in needs[len(kernel.inputs) :][: kernel.learned]
        if kernel.carried:
            carries = True in needs[-len(arguments.states) :]
            earlier = kernel.carries(ctx.settings) if carries else 0
            rest = (outputs, arguments, learn, grads[count:], earlier)
            gradients = kernel.launch_backward(*rest)
        else:
            gradients = _gradients_of_part(kernel, outputs, arguments, learn)
        return (None, None, *_placed(arguments, *gradients))


def _gradients_of_part(
    kernel: Kernel, grads: Tensors, arguments: Arguments, learn: bool
) -> tuple[Tensors, Tensors, Tensors]:
    """Those of the inputs, of the parameters that learn, and of the states."""
    to_inputs, learned = kernel.gradients(grads, arguments, learn)
    earlier, of_start = _first_step(kernel, arguments, to_inputs)
    learned = [a + b for a, b in zip(learned, of_start, strict=False)]
    return to_inputs, learned, earlier


def _first_step(
    kernel: Kernel, arguments: Arguments, to_inputs: Tensors
) -> tuple[Any, Any]:
    """What the first step's decays hand to the states before it, and get from them."""
    pad = torch.nn.functional.pad
    grads = [pad(g[..., :1], (1, 0)) for g in to_inputs]
    starts = [s.unsqueeze(-1).expand(*s.shape, 2) for s in arguments.states]
    backward = kernel.plain.backward
    assert backward is not None  # else there is nothing to carry
    to_states, learned = backward(
        grads, starts, arguments.parameters, arguments.states, arguments.settings
    )
    return [g[..., 0] for g in to_states], learned


def _placed(
    arguments: Arguments, to_inputs: Tensors, learned: Tensors, earlier: Tensors
) -> list[Any]:
    """Gradients in the order of the tensors, None where there is none."""
    parameters, states = len(arguments.parameters), len(arguments.states)
    none: list[Any] = [None]
    return [
        *to_inputs,
        *learned,
        *none * (parameters - len(learned)),
        *earlier,
        *none * (states - len(earlier)),
    ]
