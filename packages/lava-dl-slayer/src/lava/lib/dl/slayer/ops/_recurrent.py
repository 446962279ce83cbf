"""Neurons fed with their own spikes, stepped inside one operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import recurrent as plain
from lava.lib.dl.slayer._plain.products import full_float32
from lava.lib.dl.slayer._plain.time import shift_all
from lava.lib.dl.slayer._settings import Settings, extended
from lava.lib.dl.slayer._tracing import is_eager
from lava.lib.dl.slayer.ops import _recurrent_gpu as gpu
from lava.lib.dl.slayer.ops._kernel import Kernel, neuron_settings
from lava.lib.dl.slayer.ops._launch import (
    ZERO,
    array,
    arrays,
    four,
    is_by_steps,
    runs_on,
)
from lava.lib.dl.slayer.ops._neurons import NEURONS, surrogate_of, threshold_of
from lava.lib.dl.slayer.ops._operator import Operator, Tensors

RecurrentSettings = extended(
    "RecurrentSettings",
    Settings,
    stepwise=bool,  # gradients go back by the spikes that return, not through states
    sums=bool,  # give what the backward pass starts from, (N, T, C)
    longest=int,  # what returns is late by no more steps
    decays=bool,  # decays have their gradient
    delays_learn=bool,  # likewise the delays of what returns
)
"""A neuron's settings, and how gradients go back in time."""


def _of_neuron(settings: Any) -> Settings:
    """The neuron's settings alone."""
    return Settings._make(settings[: len(Settings._fields)])


class _Call(NamedTuple):
    """What kernels of core take, in order."""

    weights: list[Any]
    decays: list[Any]
    states: list[Any]


class _Recurrent:
    """A neuron with recurrent weights as one operator, and its backward twin.

    The gradient starts from the sums of inputs and what returned to them, which the
    forward pass gives, so that nothing that returns is summed again; on a GPU from the
    states of each step, all of them in place of the first sum.
    """

    def __init__(self, kernel: Kernel, neuron: training.Neuron) -> None:
        self.kernel, self.neuron = kernel, neuron
        parts = range(len(kernel.inputs))
        weights = tuple(f"weight_{i}" for i in parts)
        held = (*weights, *kernel.parameters, *kernel.states, "delays?")
        sums = tuple(f"sum_{i}" for i in parts)
        self.backward = Operator(
            f"recurrent_{kernel.name}_backward",
            ("grad", "spikes", *sums, *held),
            self.gradients,
            self._fake_gradients,
            RecurrentSettings,
            2 * len(parts) + len(kernel.parameters) + 1,
        )
        self.forward = Operator(
            f"recurrent_{kernel.name}",
            kernel.inputs + held,
            self.compute,
            self._fake_spikes,
            RecurrentSettings,
            1 + len(kernel.states) + len(parts),
            self._gradient,
            1,
            self.saved,
        )

    def _split(self, tensors: Tensors) -> tuple[Tensors, Tensors, Tensors, Tensors]:
        """Inputs or sums, weights, decays, states; delays are the last tensor."""
        parts = len(self.kernel.inputs)
        end = 2 * parts + len(self.kernel.parameters)
        inputs, weights = tensors[:parts], tensors[parts : 2 * parts]
        return inputs, weights, tensors[2 * parts : end], tensors[end:-1]

    def _layer(self, tensors: Tensors, settings: Any) -> plain.Layer:
        numbers = _of_neuron(settings)

        def step(parts: Tensors, decays: Tensors, states: Tensors) -> Tensors:
            return self.kernel.plain.forward(parts, decays, states, numbers)

        parts, delays = self._split(tensors)[1:], tensors[-1]
        return_delays = None
        if delays is not None:
            return_delays = plain.Late(delays.detach(), settings.longest)
        return plain.Layer(step, *parts, scale=settings.scale, late=return_delays)

    def _call(self, tensors: Tensors) -> _Call:
        _, weights, decays, states = self._split(tensors)
        rows = (*states[0].shape, 1)
        return _Call(
            [array(w) for w in weights],
            [array(d).reshape(-1) for d in decays],
            [array(s).reshape(rows) for s in states],
        )

    # --- forward ---

    def compute(self, tensors: Tensors, settings: Any) -> Tensors:
        inputs, shape = self._split(tensors)[0], tensors[0].shape
        place = _place(inputs[0])
        if place == "cuda":
            layer = gpu.Given(self.neuron, *self._split(tensors)[1:], tensors[-1])
            numbers = neuron_settings(self.neuron.name, _of_neuron(settings), True)
            outputs = gpu.forward(layer, inputs, numbers, settings.sums)
            return [*outputs, *(outputs[0].new_empty(0) for _ in inputs[1:])]
        if not place:
            with full_float32():
                outputs = plain.forward(self._layer(tensors, settings), inputs)
            return (
                self._by_steps(outputs)
                if settings.sums
                else self._without_sums(outputs)
            )
        by_steps, sizes = all(map(is_by_steps, inputs)), four(shape)
        result = training.recurrent_forward(
            self.neuron,
            [array(z.mT) if by_steps else array(z).reshape(sizes) for z in inputs],
            *self._call(tensors),
            threshold_of(settings),
            delays=_values(tensors[-1]),
            by_steps=by_steps,
            latency=settings.latency,
            sums=settings.sums,
        )
        make = torch.from_numpy
        states = [make(s.reshape(shape[:-1])) for s in result.states]
        sums = [make(s) for s in result.sums]
        outputs = [make(result.spikes.reshape(shape)), *states, *sums]
        return outputs if settings.sums else self._without_sums(outputs)

    def _by_steps(self, outputs: Tensors) -> Tensors:
        """With the sums (N, T, C), as kernels give them."""
        first = 1 + len(self.kernel.states)
        return [*outputs[:first], *(s.mT.contiguous() for s in outputs[first:])]

    def _without_sums(self, outputs: Tensors) -> Tensors:
        kept = outputs[: 1 + len(self.kernel.states)]
        return [*kept, *(kept[0].new_empty(0) for _ in self.kernel.inputs)]

    def _fake_spikes(self, tensors: Tensors, settings: Any) -> Tensors:
        x = tensors[0]
        ends = [x.new_empty(x.shape[:-1]) for _ in self.kernel.states]
        by_steps = (x.shape[0], x.shape[2], x.shape[1])
        shapes: list[Any] = [by_steps if settings.sums else 0] * len(self.kernel.inputs)
        if _place(x) == "cuda":
            traces = gpu.trace_shape(self.neuron, x) if settings.sums else 0
            shapes = [traces, *[0] * (len(shapes) - 1)]
        return [x.new_empty(x.shape), *ends, *map(x.new_empty, shapes)]

    # --- backward ---

    def saved(self, tensors: Tensors, results: Tensors) -> Tensors:
        parts = len(self.kernel.inputs)
        return (results[0], *results[-parts:], *tensors[parts:])

    def _gradient(
        self,
        grads: Tensors,
        saved: Tensors,
        settings: Any,
        needs: Sequence[bool],
    ) -> Tensors:
        settings = self.learning(settings, needs)
        *gradients, to_delays = self.backward((grads[0], *saved), settings)
        states = [None] * len(self.kernel.states)
        every = [*gradients, *states, to_delays]
        return [g if need else None for g, need in zip(every, needs, strict=True)]

    def learning(self, settings: Any, needs: Sequence[bool]) -> Any:
        """The settings with what learns, by which of the tensors need a gradient."""
        first = 2 * len(self.kernel.inputs)
        decays = any(needs[first : first + len(self.kernel.parameters)])
        return settings._replace(decays=decays, delays_learn=needs[-1])

    def gradients(
        self,
        tensors: Tensors,
        settings: Any,
        later: Sequence[torch.Tensor | None] = (),
        earlier: int = 0,
    ) -> Tensors:
        """Those of inputs, weights, decays, so many for earlier steps, and delays."""
        grad, spikes, *arguments = tensors
        sums, weights, _, _ = self._split(arguments)
        delayed, place = plain.delayed(spikes, arguments[-1]), _place(grad)
        ends = later, earlier
        if place == "cuda":
            gradients = self._gradients_on_gpu(tensors, delayed, settings, *ends)
        elif not place:
            layer = self._layer(arguments, settings)
            steps_last = [s.mT for s in sums]
            gradients = plain.backward(
                layer, grad, steps_last, settings.stepwise, *ends
            )
        else:
            gradients = self._kernel_gradients(
                grad, delayed, arguments, settings, *ends
            )
        if not settings.delays_learn:
            return [*gradients, None]
        to_inputs = gradients[: len(sums)]
        return [*gradients, plain.delay_gradient(delayed, weights, to_inputs)]

    def _kernel_gradients(
        self,
        grad: torch.Tensor,
        delayed: torch.Tensor,
        arguments: Tensors,
        settings: Any,
        later: Sequence[torch.Tensor | None],
        earlier: int,
    ) -> list[torch.Tensor]:
        """Those of inputs, weights and decays, and so many for earlier steps."""
        shape = four(grad.shape)
        sums, _, decays, _ = self._split(arguments)
        result = training.recurrent_backward(
            self.neuron,
            [array(x) for x in sums],
            array(delayed).reshape(shape),
            *self._call(arguments),
            array(grad).reshape(shape),
            threshold_of(settings),
            surrogate_of(settings),
            delays=_values(arguments[-1]),
            latency=settings.latency,
            stepwise=settings.stepwise,
            decay_gradients=settings.decays,
            later=arrays([ZERO if g is None else g.reshape(shape[:-1]) for g in later]),
            earlier=earlier,
        )
        make = torch.from_numpy
        to_decays = [
            make(g).reshape(d.shape)
            for g, d in zip(result.decays, decays, strict=False)
        ]
        return [
            *(make(g).mT for g in result.inputs),
            *map(make, result.weights),
            *to_decays,
            *(torch.zeros_like(d) for d in decays[len(to_decays) :]),
            *(make(g.reshape(grad.shape[:-1])) for g in result.earlier),
        ]

    def _gradients_on_gpu(
        self,
        tensors: Tensors,
        delayed: torch.Tensor,
        settings: Any,
        later: Sequence[torch.Tensor | None],
        earlier: int,
    ) -> Tensors:
        grad, spikes, *arguments = tensors
        (traces, *_), weights, decays, states = self._split(arguments)
        learned = len(surrogate_of(settings).learned(self.neuron.decays))
        to_inputs, to_weights, to_decays, before = gpu.backward(
            gpu.Given(self.neuron, weights, decays, states, arguments[-1]),
            grad,
            spikes,
            delayed,
            traces,
            training.settings(
                self.neuron.name,
                *_of_neuron(settings),
                stepwise=settings.stepwise,
                true_decays=True,
            ),
            learned if settings.decays and not settings.stepwise else 0,
            later,
            earlier,
        )
        fixed = decays[len(to_decays) :]
        of_fixed = map(torch.zeros_like, fixed)
        return [*to_inputs, *to_weights, *to_decays, *of_fixed, *before]

    def _fake_gradients(self, tensors: Tensors, _: Any) -> Tensors:
        grad, (_sums, weights, decays, _states) = tensors[0], self._split(tensors[2:])
        delays = grad.new_empty(0) if tensors[-1] is None else tensors[-1]
        by_steps = _place(grad) == "cpu"
        like = grad.mT if by_steps else grad
        to_inputs = [like.new_empty(like.shape) for _ in weights]
        every = (*weights, *decays, delays)
        return [
            *(g.mT if by_steps else g for g in to_inputs),
            *(each.new_empty(each.shape) for each in every),
        ]


def _values(delays: torch.Tensor | None) -> Any:
    return None if delays is None else array(delays)


def _place(x: torch.Tensor) -> str:
    """The kind of device whose kernel takes an input (N, C, T) like this; or none."""
    place = runs_on(x)
    return "" if place == "cuda" and not gpu.fits(x) else place


RECURRENT = {
    kernel.name: _Recurrent(kernel, neuron)
    for kernel, neuron in zip(NEURONS, training.NEURONS, strict=True)
}
"""The layer of each neuron by its name."""


def recur(
    kernel: Kernel,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    weights: Tensors,
    stepwise: bool,
    carries: bool = False,
    late: plain.Late | None = None,
) -> Tensors:
    """Spikes of a neuron that gets its own of the step before, none at first.

    Args:
        kernel: which neuron.
        inputs: tensors (N, C, T).
        parameters: as ``apply``'s.
        states: likewise.
        settings: likewise, and by how many steps the spikes that are given are late.
        weights: tensors (C, C), [to, from], one for each input.
        stepwise: gradients go back in time by the spikes that return alone.
        carries: states before and after have gradients, as :func:`carry`'s.
        late: by how much a channel's spikes return later than at the next step.

    Returns:
        Spikes and the states after the last step.
    """
    shape = inputs[0].shape[:-1]
    parts = [t.float() for t in (*inputs, *weights, *parameters)]
    carries = carries and torch.is_grad_enabled()
    delays, longest = (None, 0) if late is None else (late[0].float(), late[1])
    start = [s.float().expand(shape) for s in states]
    leaves = parts if delays is None else [*parts, delays]
    learns = torch.is_grad_enabled() and any(t.requires_grad for t in leaves)
    latency, sums = settings.latency, learns or carries or not is_eager(*leaves)
    if latency > 1 or late is not None or _place(parts[0]) != "cpu":
        settings = settings._replace(latency=0)  # else spikes are given late at once
    numbers = RecurrentSettings(*settings, stepwise, sums, longest, False, False)
    layer = RECURRENT[kernel.name]
    if carries:
        outputs = _Carried.apply(layer, numbers, *parts, *start, delays)
    else:
        outputs = layer.forward((*parts, *(s.detach() for s in start), delays), numbers)
    spikes, *last = outputs[: 1 + len(states)]
    return [shift_all(spikes, latency - settings.latency), *last]


class _Carried(torch.autograd.Function):
    """The operator, its backward pass going on where that of later steps ended."""

    @staticmethod
    def forward(ctx: Any, layer: _Recurrent, settings: Any, *tensors: Any) -> Any:
        """Spikes, last states and sums."""
        results = layer.compute(tensors, settings)
        ctx.save_for_backward(*layer.saved(tensors, results))
        ctx.set_materialize_grads(False)
        ctx.layer, ctx.settings = layer, settings
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Gradients of inputs, weights, decays and states."""
        layer: _Recurrent = ctx.layer
        kernel, spikes = layer.kernel, ctx.saved_tensors[0]
        grad = torch.zeros_like(spikes) if grads[0] is None else grads[0]
        states = len(kernel.states)
        needs = ctx.needs_input_grad[2:]
        count = kernel.carries(ctx.settings) if any(needs[-1 - states : -1]) else 0
        *gradients, to_delays = layer.gradients(
            (grad, *ctx.saved_tensors),
            layer.learning(ctx.settings, needs),
            grads[1 : 1 + states],
            count,
        )
        rest: list[Any] = [None] * (states - count)
        return (None, None, *gradients, *rest, to_delays)
