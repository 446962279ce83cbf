"""Training over long sequences: chunks of time whose states are computed again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _NormBase

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._states import Stateful, changed, lasting
from lava.lib.dl.slayer.neuron._running import Running

__all__ = ["checkpoint_time"]

States = list[Tensor | None]


def checkpoint_time(
    net: torch.nn.Module, input: Tensor, steps: int | None = None
) -> Tensor:
    """What a network makes of a long input, in memory for a chunk of its steps.

    The forward pass keeps the states between chunks alone. The backward pass computes
    one chunk after the other again, from the last to the first, and hands gradients
    through the states: they are those of ``net(input)``, and so is the output, bit for
    bit. For T steps there are sqrt(T) / 3 states and a chunk of 3 sqrt(T) steps in
    memory, beside input and output. A parameter's gradient is the sum of its chunks'.

    Behind a norm, and with a surrogate function of one's own, gradients of decays that
    learn count the states after a reset, not before it.

    Neurons need not have ``persistent_state``; those that haven't start at rest and are
    left as they were.

    Args:
        net: A network whose only memory of earlier steps is that of its blocks, such
            as a ``torch.nn.Sequential`` of them; it gives one tensor.
        input: Shape (N, C, ..., T).
        steps: Length of a chunk, best a multiple of 16; about 3 sqrt(T) if None.

    Returns:
        The output, as of ``net(input)``.

    Raises:
        ValueError: If a norm learns from the input, since its statistics are those of
            all steps; if ``steps`` is not positive or cuts through a bin of a
            ``TimeDecimation``.
        TypeError: If the network gives anything else than a tensor.
    """
    if steps is None:
        # Longer than sqrt(T), since products of a few steps are slow.
        tiles = 3 * math.sqrt(max(1, input.shape[-1])) / ops.TILE
        steps = ops.TILE * math.ceil(tiles)
    _check(net, steps)
    run = _Run(net, steps)
    parameters = [p for p in net.parameters() if p.requires_grad]
    return _Chunks.apply(run, input, *parameters)


def _check(net: torch.nn.Module, steps: int) -> None:
    if steps < 1:
        raise ValueError(f"steps is {steps}; a chunk has at least one")
    for name, module in net.named_modules():
        factor = getattr(module, "time_factor", 1)
        if steps % factor:
            raise ValueError(
                f"steps is {steps}, no multiple of the {factor} that {name} averages"
            )
        learns = module.training and getattr(module, "update", True) is True
        if isinstance(module, (Running, _NormBase)) and learns:
            raise ValueError(
                f"{name} normalises by statistics of all steps; call eval() on it, "
                "or set its update to False"
            )


class _Run:
    """A network that continues from chunk to chunk, and what it starts them with."""

    def __init__(self, net: torch.nn.Module, steps: int) -> None:
        self.net, self.steps = net, steps
        self.parts = [m for m in net.modules() if isinstance(m, Stateful)]

    def __call__(self, x: Tensor) -> Tensor:
        y = self.net(x)
        if not isinstance(y, Tensor):
            raise TypeError(
                f"the network gives a {type(y).__name__}, needs to give a tensor; "
                "leave count_log out"
            )
        return y

    @property
    def states(self) -> States:
        """All states, in a fixed order."""
        return [m.__dict__[name] for m in self.parts for name in m._states]

    @states.setter
    def states(self, states: Sequence[Tensor | None]) -> None:
        values = iter(states)
        for module in self.parts:
            for name in module._states:
                module.__dict__[name] = next(values)
            module.__dict__["_at_rest"] = False

    @contextmanager
    def continuing(self) -> Iterator[None]:
        """Every state continues with its gradient; ends as things were."""
        with ExitStack() as stack:
            for module in self.net.modules():
                changes = {"persistent_state": True, "_continues": True}
                own = {n: v for n, v in changes.items() if n in module.__dict__}
                if isinstance(module, Stateful):
                    own |= {"_carries": True, "_by_kernel": True}
                stack.enter_context(changed(module, **own))
            yield

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """States begin anew where they don't persist, and are as before in the end."""
        with ExitStack() as stack:
            for module in self._passing():
                rests = {name: _rest(module, name) for name in module._states}
                stack.enter_context(changed(module, **rests, _at_rest=True))
            yield

    def _passing(self) -> Iterator[Stateful]:
        """The parts whose states end with a call."""
        inside = {
            id(part)
            for block in self.parts
            if getattr(block, "_continues", True) is False
            for part in block.modules()
        }
        for module in self.parts:
            persists = getattr(module, "persistent_state", False) is True
            if id(module) in inside or not persists:
                yield module


def _rest(module: Stateful, name: str) -> Tensor | None:
    state = module.__dict__[name]
    return None if state is None else state.new_full((1,), module._rest(name))


class _Chunks(torch.autograd.Function):
    """All chunks; the backward pass computes each again."""

    @staticmethod
    def forward(ctx: Any, run: _Run, input: Tensor, *parameters: Tensor) -> Tensor:
        """Outputs of the chunks, one after the other."""
        ctx.run, ctx.starts = run, []
        ctx.save_for_backward(input)
        ctx.random = random = _random(input)
        outputs = []
        with run.beginning(), run.continuing():
            for x in _cut(input, run.steps):
                ctx.starts.append([_packed(s) for s in run.states])
                _set_random(input, random)
                outputs.append(run(x))
            run.states = [None if s is None else lasting(s) for s in run.states]
        return torch.cat(outputs, dim=-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        """Gradients of the input and the parameters."""
        run: _Run = ctx.run
        (input,) = ctx.saved_tensors
        before, random = run.states, _random(input)
        learned = [p for p in run.net.parameters() if p.requires_grad]
        later: list[Any] = [None] * len(before)
        totals: list[Any] = [None] * len(learned)
        parts = []
        with run.continuing(), torch.enable_grad():
            for x in reversed(_cut(input, run.steps)):
                _set_random(input, ctx.random)
                starts = [_leaf(_unpacked(s)) for s in ctx.starts.pop()]
                x = x.detach().requires_grad_(ctx.needs_input_grad[1])
                grads, later, grad = _chunk(run, [x, *learned], starts, grad, later)
                totals = [*map(_sum, totals, grads[1:])]
                parts.append(grads[0])
        run.states = before
        _set_random(input, random)
        of_input = torch.cat(parts[::-1], -1) if ctx.needs_input_grad[1] else None
        return (None, of_input, *totals)


def _chunk(
    run: _Run, inputs: Sequence[Any], starts: States, grad: Tensor, later: list[Any]
) -> tuple[list[Any], list[Any], Tensor]:
    """Gradients of a chunk, parameters and states before it, and that of what is left.

    Here, so that nothing else of the chunk stays while the next is computed.
    """
    run.states = starts
    y = run(inputs[0])
    left, own = grad.split([grad.shape[-1] - y.shape[-1], y.shape[-1]], dim=-1)
    grads = _gradients([y, *run.states], [own, *later], [*inputs, *starts])
    before = grads[len(inputs) :]
    # A view would keep all steps of the gradient that it is of.
    return (
        grads[: len(inputs)],
        [None if g is None else g.contiguous() for g in before],
        left,
    )


def _cut(input: Tensor, steps: int) -> Sequence[Tensor]:
    return input.split(steps, dim=-1)


def _leaf(state: Tensor | None) -> Tensor | None:
    return None if state is None else state.detach().requires_grad_()


def _sum(total: Tensor | None, more: Tensor | None) -> Tensor | None:
    if total is None or more is None:
        return more if total is None else total
    return total + more


def _gradients(
    outputs: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any]
) -> list[Any]:
    """Gradients of the inputs, None of those without; some outputs have none."""
    pairs = [
        (output, grad)
        for output, grad in zip(outputs, grads, strict=True)
        if grad is not None and output is not None and output.requires_grad
    ]
    asked = [each is not None and each.requires_grad for each in inputs]
    tracked = [each for each, wants in zip(inputs, asked, strict=True) if wants]
    if not pairs or not tracked:
        return [None] * len(inputs)
    ends, end_grads = zip(*pairs, strict=True)
    gradients = iter(torch.autograd.grad(ends, tracked, end_grads, allow_unused=True))
    return [next(gradients) if wants else None for wants in asked]


def _packed(state: Tensor | None) -> Any:
    """The state, as bits where it holds spikes."""
    if state is None or state.ndim < 2 or not ((state == 0) | (state == 1)).all():
        return state
    bits = np.packbits(state.cpu().numpy().astype(bool))
    return bits, state.shape, state.dtype, state.device


def _unpacked(state: Any) -> Tensor | None:
    if not isinstance(state, tuple):
        return state
    bits, shape, dtype, device = state
    whole = np.unpackbits(bits, count=math.prod(shape)).reshape(shape)
    return torch.from_numpy(whole).to(device, dtype)


def _random(like: Tensor) -> Tensor:
    """The state of the generator that draws beside this tensor."""
    if like.is_cuda:
        return torch.cuda.get_rng_state(like.device)
    return torch.get_rng_state()


def _set_random(like: Tensor, state: Tensor) -> None:
    if like.is_cuda:
        torch.cuda.set_rng_state(state, like.device)
    else:
        torch.set_rng_state(state)
