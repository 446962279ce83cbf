"""Kernels over rows of time steps: neurons, their parts, delays, filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._settings import Settings, extended
from lava.lib.dl.slayer.ops._launch import launch, runs_on
from lava.lib.dl.slayer.ops._operator import Operator, Tensors

Names = tuple[str, ...]


class Arguments(NamedTuple):
    """Arguments of a kernel, or what its backward pass gets of them."""

    inputs: Tensors
    parameters: Tensors
    states: Tensors
    settings: Any


class Plain(NamedTuple):
    """What a kernel computes, in plain torch on any device.

    Attributes:
        forward: outputs, and the last states where the kernel gives them.
        backward: gradients of the inputs and of the parameters that learn, from those
            of the outputs and what was saved; None where there is no gradient.
        exact: outputs that autograd can differentiate, if other than ``forward``.
    """

    forward: Callable[..., Tensors]
    backward: Callable[..., tuple[Tensors, Tensors]] | None
    exact: Callable[..., Tensors] | None = None


class Kernel(Operator):
    """An operator on rows (N, C, ..., T) and its backward twin.

    Attributes:
        inputs: names of tensors of shape (N, C, ..., T).
        parameters: names of tensors of one value or one per channel.
        states: names of tensors of shape (N, C, ...).
        outputs: names of what it gives, shaped as the inputs.
        learned: how many parameters, from the first, have a gradient; the others' is 0.
        plain: the same in plain torch.
        exact: whether its kernel has the exact gradient.
        carried: how many states, from the first, its backward pass carries from step
            to step; all of them for the exact gradient. Such kernels give their last
            states after the outputs.

    Args:
        name: its name in torch's registry, and that of core's kernel.
        settings: core's settings of a pass, from the numbers; forward if True.
        saves_outputs: the backward pass needs the outputs instead of inputs and states.
        backward_kernel: its name, if it is not ``<name>_backward``.
    """

    def __init__(
        self,
        name: str,
        arrays: tuple[Names, Names, Names, Names],
        settings: Callable[[Any, bool], training.Settings],
        plain: Plain,
        *,
        learned: int = 0,
        numbers: Any = Settings,
        saves_outputs: bool = False,
        exact: bool = False,
        carried: int = 0,
        backward_kernel: str = "",
    ) -> None:
        self.inputs, self.parameters, self.states, self.outputs = arrays
        self._cuts = len(self.inputs), len(self.inputs) + len(self.parameters)
        self.learned, self.plain, self.exact = learned, plain, exact
        self.carried = carried
        self._settings = settings
        self._saves_outputs = saves_outputs
        self._backward_kernel = backward_kernel or f"{name}_backward"
        self._ends = len(self.states) if carried else 0
        self._backward_operator = self._make_backward(name, numbers)
        super().__init__(
            name,
            (*self.inputs, *self.parameters, *self.states),
            self._forward,
            self._fake_results,
            numbers,
            len(self.outputs) + self._ends,
            self._gradient,
            len(self.outputs),
            self._outputs_and_parameters if saves_outputs else None,
        )

    def arguments(self, tensors: Tensors, settings: Any) -> Arguments:
        """The arguments from the tensors in order."""
        first, second = self._cuts
        return Arguments(
            tensors[:first], tensors[first:second], tensors[second:], settings
        )

    # --- forward ---

    def _forward(self, tensors: Tensors, settings: Any) -> Tensors:
        if not _place(tensors[0], settings):
            return self.plain.forward(*self.arguments(tensors, settings))
        first, second = self._cuts
        return launch(
            self.name,
            tensors[:first],
            self._settings(settings, True),
            tensors[first:second],
            tensors[second:],
            outputs=len(self.outputs),
            last=self._ends,
        )

    def _fake_results(self, tensors: Tensors, settings: Any) -> Tensors:
        like = tensors[0]
        outputs = [like.new_empty(like.shape) for _ in self.outputs]
        return outputs + [like.new_empty(like.shape[:-1]) for _ in range(self._ends)]

    # --- backward ---

    def _outputs_and_parameters(self, tensors: Tensors, results: Tensors) -> Tensors:
        outputs = results[: len(self.outputs)]
        return (*outputs, *self.arguments(tensors, None).parameters)

    def _saved(self, tensors: Tensors, settings: Any) -> Arguments:
        first = len(self.outputs if self._saves_outputs else self.inputs)
        end = first + len(self.parameters)
        return Arguments(tensors[:first], tensors[first:end], tensors[end:], settings)

    def _gradient(
        self, grads: Tensors, saved: Tensors, settings: Any, needs: Sequence[bool]
    ) -> Tensors:
        first, second = self._cuts
        learn = True in needs[first : first + self.learned]
        numbers = self._backward_operator.numbers(*settings, learn)
        gradients = [*self._backward_operator((*grads, *saved), numbers)]
        if not learn:
            gradients[first:] = [None] * self.learned
        if first + self.learned == second:
            return gradients
        fixed = self._saved(saved, settings).parameters[self.learned :]
        return [
            *gradients,
            *(torch.zeros_like(p) if p.requires_grad else None for p in fixed),
        ]

    def _make_backward(self, name: str, numbers: Any) -> Operator:
        saved = self.outputs if self._saves_outputs else self.inputs
        states = () if self._saves_outputs else self.states
        grads = tuple(f"grad_{each}" for each in self.outputs)
        return Operator(
            f"{name}_backward",
            (*grads, *saved, *self.parameters, *states),
            self._backward_pass,
            self._fake_gradients,
            extended("BackwardNumbers", numbers, parameters_learn=bool),
            len(self.inputs) + self.learned,
        )

    def carries(self, settings: Any) -> int:
        """How many states its backward pass carries from step to step."""
        return len(self.states) if getattr(settings, "exact", False) else self.carried

    def _backward_pass(self, tensors: Tensors, numbers: Any) -> Tensors:
        *values, learn = numbers
        cut = len(self.outputs)
        arguments = self._saved(tensors[cut:], self.numbers(*values))
        to_inputs, learned = self.gradients(tensors[:cut], arguments, learn)
        rest: list[Any] = [*arguments.parameters[len(learned) : self.learned]]
        filled = [torch.zeros_like(p) if learn else None for p in rest] if rest else []
        return [*to_inputs, *learned, *filled]

    def gradients(
        self, grads: Tensors, given: Arguments, learn: bool
    ) -> tuple[Tensors, Tensors]:
        """Those of the inputs and, where they learn, of the parameters."""
        if self.plain.backward is None:
            return [torch.zeros_like(grads[0]) for _ in self.inputs], []
        if not _place(grads[0], given.settings):
            to_inputs, learned = self.plain.backward(grads, *given)
            return to_inputs, learned if learn else []
        return self.launch_backward(grads, given, learn)[:2]

    def launch_backward(
        self,
        grads: Tensors,
        given: Arguments,
        learn: bool,
        later: Sequence[torch.Tensor | None] = (),
        earlier: int = 0,
    ) -> tuple[Tensors, Tensors, Tensors]:
        """Gradients of inputs and parameters, and what goes to earlier steps.

        Args:
            grads: those of the outputs.
            given: arguments of the forward pass; outputs where these are saved.
            learn: whether parameters learn.
            later: what the backward pass of later steps handed on, None for zeros.
            earlier: how many states it hands on itself.
        """
        parameters, learned = given.parameters, self.learned
        if self._saves_outputs:
            parameters = parameters[:learned]
        if self.exact and not given.settings.exact:
            learned = 2
        learned = learned if learn else 0
        gradients = launch(
            self._backward_kernel,
            self._backward_inputs(grads, given.inputs, learn),
            self._settings(given.settings, False),
            parameters,
            given.states,
            outputs=len(self.inputs),
            learned=learned,
            later=later,
            earlier=earlier,
        )
        first = len(self.inputs)
        second = first + learned
        return gradients[:first], gradients[first:second], gradients[second:]

    def _backward_inputs(self, grads: Tensors, saved: Tensors, learn: bool) -> Tensors:
        """What the backward kernel reads: all that it needs to step once more.

        One that is linear in time reads gradients, and what its parameters multiply
        where they learn.
        """
        if self.carried and self.learned:
            return [*saved, *grads]
        count = len(self.inputs)
        return [*grads[:count], *(saved[:count] if learn and self.learned else ())]

    def _fake_gradients(self, tensors: Tensors, numbers: Any) -> Tensors:
        like = tensors[0]
        saved = self._saved(tensors[len(self.outputs) :], None)
        learned = saved.parameters[: self.learned]
        to_inputs = [like.new_empty(like.shape) for _ in self.inputs]
        return [*to_inputs, *(p.new_empty(p.shape) for p in learned)]


def _place(x: torch.Tensor, settings: Any) -> str:
    """The device whose kernel runs; none knows a user's own surrogate."""
    return "" if callable(getattr(settings, "surrogate", 0)) else runs_on(x)


@lru_cache(maxsize=1024)
def neuron_settings(neuron: str, numbers: Settings, forward: bool) -> training.Settings:
    """Core's settings of a neuron, or of a part with its levels."""
    if forward:  # knows no surrogate, whose width may be anything
        numbers = numbers._replace(
            tau=1.0, surrogate_scale=1.0, exact=False, surrogate=0
        )
    return training.settings(neuron, *numbers)


def apply(
    kernel: Kernel,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    carries: bool = False,
) -> Tensors:
    """Outputs of a neuron or of one of its parts.

    Args:
        kernel: which.
        inputs: tensors (N, C, ..., T), floating point.
        parameters: decays times 4096, one value or one per channel.
        states: tensors (N, C, ...) or of one value.
        settings: its numbers.
        carries: gradients reach the states as well, by way of plain torch.

    Returns:
        Float32 outputs shaped as the inputs; whole neurons give their last states after
        the spikes.

    Raises:
        TypeError: if an input is not floating point.
        ValueError: if shapes don't fit, a decay has neither one value nor one per
            channel, or tensors are on several devices.
    """
    shape, device = inputs[0].shape, inputs[0].device
    channels, rows = shape[1] if len(shape) > 2 else 1, shape[:-1]
    tensors = []
    for x in inputs:
        if not x.is_floating_point() or x.shape != shape:
            _refuse_input(x, shape)
        tensors.append(x if x.dtype is torch.float32 else x.float())
    for p in parameters:
        if p.numel() not in (1, channels):
            _refuse_parameter(p, channels, shape)
        tensors.append(p if p.dtype is torch.float32 else p.float())
    for s in states:
        fits = s.shape == rows and s.dtype is torch.float32 and not s.requires_grad
        tensors.append(s if fits or carries else _spread(s, rows))
    for t in tensors:
        if t.device != device:
            raise ValueError(
                f"tensors are on {device} and {t.device}; move them with .to()."
            )
    if carries or (settings.exact and not (kernel.exact and runs_on(tensors[0]))):
        plain = kernel.plain.exact or kernel.plain.forward
        return plain(*kernel.arguments(tensors, settings))
    return kernel(tensors, settings)


def _spread(state: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    state = state.detach().float()
    try:
        return (state.reshape(()) if state.numel() == 1 else state).expand(shape)
    except RuntimeError:
        raise ValueError(
            f"a state has shape {tuple(state.shape)}, needs one value or the input's "
            f"shape without time, {tuple(shape)}."
        ) from None


def _refuse_input(x: torch.Tensor, shape: torch.Size) -> NoReturn:
    if not x.is_floating_point():
        raise TypeError(f"input is {x.dtype}, needs floating point; use x.float().")
    raise ValueError(
        f"inputs have shapes {tuple(shape)} and {tuple(x.shape)}, need the same."
    )


def _refuse_parameter(p: torch.Tensor, channels: int, shape: torch.Size) -> NoReturn:
    raise ValueError(
        f"a decay has {p.numel()} values, needs 1 or one for each of the "
        f"{channels} channels (axis 1 of an input of shape {tuple(shape)})."
    )
