"""Makes torch operators from descriptions: schema, fake, autograd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import torch

from lava.lib.dl.slayer._settings import Numbers, Settings
from lava.lib.dl.slayer.ops._eager import is_eager, run_eagerly

Tensors = Sequence[torch.Tensor]


class Arguments(NamedTuple):
    """Arguments of an operator, or what its backward pass gets of them.

    Where the operator saves its outputs, ``inputs`` are those in the backward pass.
    """

    inputs: Tensors
    parameters: Tensors
    states: Tensors
    settings: Any


Forward = Callable[[Arguments], Tensors]
Backward = Callable[[Tensors, Arguments, bool], tuple[Tensors, Tensors]]


@dataclass(frozen=True)
class Operator:
    """An operator ``lava_dl::<name>`` and its backward twin.

    Attributes:
        name: its name in torch's registry.
        inputs: names of tensors of shape (N, C, ..., T).
        parameters: names of tensors of one value or one per channel.
        states: names of tensors of shape (N, C, ...).
        outputs: names of what it gives, shaped as the inputs.
        learned: how many parameters, from the first, have a gradient; the others' is 0.
        forward: computes the outputs (and the states after the last step).
        backward: gradients of inputs and learned parameters from those of the outputs.
        gives_states: whether the last states are outputs as well.
        saves_outputs: the backward pass needs the outputs instead of inputs and states.
        settings: the dataclass of its numbers.
    """

    name: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    states: tuple[str, ...]
    outputs: tuple[str, ...]
    learned: int
    forward: Forward
    backward: Backward
    gives_states: bool = False
    saves_outputs: bool = False
    settings: type[Numbers] = Settings
    _handles: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._handles["backward"] = self._define_backward()
        self._handles["forward"] = self._define_forward()

    def __call__(
        self, inputs: Tensors, parameters: Tensors, states: Tensors, settings: Numbers
    ) -> list[torch.Tensor]:
        """Outputs, and the last states where it gives them."""
        tensors = (*inputs, *parameters, *states)
        if is_eager(tensors):
            return list(run_eagerly(self, tensors, settings))
        result = self._handles["forward"](*tensors, *settings.values())
        return [result] if isinstance(result, torch.Tensor) else list(result)

    @property
    def handle(self) -> Any:
        """The registered forward operator."""
        return self._handles["forward"]

    @property
    def _ends(self) -> tuple[str, ...]:
        return tuple(f"last_{s}" for s in self.states) if self.gives_states else ()

    @property
    def _saved(self) -> tuple[str, ...]:
        return self.outputs if self.saves_outputs else self.inputs

    @property
    def _saved_states(self) -> tuple[str, ...]:
        return () if self.saves_outputs else self.states

    def arguments(self, tensors: Tensors, settings: Any) -> Arguments:
        """The forward pass's arguments from its tensors in order."""
        return self._arguments(tensors, len(self.inputs), settings)

    def _arguments(self, tensors: Tensors, inputs: int, settings: Any) -> Arguments:
        end = inputs + len(self.parameters)
        return Arguments(tensors[:inputs], tensors[inputs:end], tensors[end:], settings)

    def saved(self, tensors: Tensors, results: Tensors) -> Tensors:
        """The tensors that the backward pass needs of those given and computed."""
        if not self.saves_outputs:
            return tensors
        given = self.arguments(tensors, None)
        return (*results[: len(self.outputs)], *given.parameters)

    def saved_arguments(self, tensors: Tensors, settings: Any) -> Arguments:
        """The backward pass's arguments from what was saved."""
        return self._arguments(tensors, len(self._saved), settings)

    def wants_learned(self, wanted: Sequence[bool]) -> bool:
        """Whether one of the forward pass's tensors is a parameter that learns."""
        first = len(self.inputs)
        return any(wanted[first : first + self.learned])

    def _separate(self, args: Sequence[Any]) -> tuple[Tensors, Any]:
        tensors = len(args) - len(fields(self.settings))
        return args[:tensors], self.settings(*args[tensors:])

    def _define_forward(self) -> Any:
        tensors = (*self.inputs, *self.parameters, *self.states)
        results = (*self.outputs, *self._ends)
        operator = _register(
            self.name, tensors, self.settings.schema(), len(results), self._compute
        )
        operator.register_fake(self._fake)
        operator.register_autograd(self._pull, setup_context=self._save)
        return operator

    def _define_backward(self) -> Any:
        grads = tuple(f"grad_{name}" for name in self.outputs)
        tensors = (*grads, *self._saved, *self.parameters, *self._saved_states)
        numbers = [*self.settings.schema(), "bool wanted"]
        results = len(self.inputs) + self.learned
        name = f"{self.name}_backward"
        operator = _register(name, tensors, numbers, results, self._compute_gradients)
        operator.register_fake(self._fake_gradients)
        return operator

    def _compute(self, *args: Any) -> Any:
        return _result(self.forward(self.arguments(*self._separate(args))))

    def _fake(self, *args: Any) -> Any:
        like = args[0]
        outputs = [like.new_empty(like.shape) for _ in self.outputs]
        ends = [like.new_empty(like.shape[:-1]) for _ in self._ends]
        return _result(outputs + ends)

    def _save(self, ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        tensors, ctx.settings = self._separate(inputs)
        outputs = [output] if isinstance(output, torch.Tensor) else output
        ctx.save_for_backward(*self.saved(tensors, outputs))
        ctx.wanted = self.wants_learned(ctx.needs_input_grad)

    def _pull(self, ctx: Any, *grads: torch.Tensor) -> tuple[Any, ...]:
        saved, numbers = ctx.saved_tensors, ctx.settings.values()
        results = self._handles["backward"](
            *grads[: len(self.outputs)], *saved, *numbers, ctx.wanted
        )
        results = [results] if isinstance(results, torch.Tensor) else list(results)
        parameters = self.saved_arguments(saved, ctx.settings).parameters
        still = [torch.zeros_like(p) for p in parameters[self.learned :]]
        none = [None] * (len(self.states) + len(numbers))
        return (*results, *still, *none)

    def _compute_gradients(self, *args: Any) -> Any:
        *rest, wanted = args
        tensors, settings = self._separate(rest)
        outputs = len(self.outputs)
        grads, saved = tensors[:outputs], tensors[outputs:]
        given = self.saved_arguments(saved, settings)
        to_inputs, to_parameters = self.backward(grads, given, wanted)
        if not wanted:
            learned = given.parameters[: self.learned]
            to_parameters = [torch.zeros_like(p) for p in learned]
        return _result([*to_inputs, *to_parameters])

    def _fake_gradients(self, *args: Any) -> Any:
        like = args[0]
        first = len(self.outputs) + len(self._saved)
        learned = args[first : first + self.learned]
        to_inputs = [like.new_empty(like.shape) for _ in self.inputs]
        return _result([*to_inputs, *(p.new_empty(p.shape) for p in learned)])


def _result(tensors: Tensors) -> Any:
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def _register(
    name: str,
    tensors: Sequence[str],
    numbers: Sequence[str],
    results: int,
    function: Any,
) -> Any:
    arguments = ", ".join([*(f"Tensor {t}" for t in tensors), *numbers])
    returned = ", ".join(["Tensor"] * results)
    schema = f"({arguments}) -> " + (returned if results == 1 else f"({returned})")
    operator = torch.library.custom_op(
        f"lava_dl::{name}", function, mutates_args=(), schema=schema
    )
    if hasattr(operator, "register_vmap"):  # From torch 2.5 on.
        operator.register_vmap(one_by_one(operator))
    return operator


def one_by_one(operator: Any) -> Any:
    """A rule for ``vmap``: calls the operator for each entry of the mapped axis."""

    def rule(info: Any, axes: tuple[Any, ...], *args: Any) -> Any:
        pairs = list(zip(args, axes, strict=True))
        results = [
            operator(*(a.select(d, i) if isinstance(d, int) else a for a, d in pairs))
            for i in range(info.batch_size)
        ]
        if isinstance(results[0], torch.Tensor):
            return torch.stack(results), 0
        stacked = tuple(torch.stack(each) for each in zip(*results, strict=True))
        return stacked, (0,) * len(stacked)

    return rule
