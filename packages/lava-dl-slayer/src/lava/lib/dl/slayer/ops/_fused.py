"""Neurons fused with the synapse before them, without its sums in memory.

Spikes and gradients have the bits of the synapse's operator followed by the neuron's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._settings import Settings, extended
from lava.lib.dl.slayer._tracing import is_eager
from lava.lib.dl.slayer.ops._convolve import input_gradient
from lava.lib.dl.slayer.ops._events import (
    EVENTS,
    SMALLEST,
    as_tensors,
    events_of,
    without_values,
)
from lava.lib.dl.slayer.ops._kernel import Kernel
from lava.lib.dl.slayer.ops._launch import array, compiled
from lava.lib.dl.slayer.ops._neurons import NEURONS, surrogate_of, threshold_of
from lava.lib.dl.slayer.ops._operator import Operator, Tensors
from lava.lib.dl.slayer.ops._windows import geometry_of

ENOUGH = 16
"""Rows of a channel from which a pass channel by channel pays."""

_OF_INPUT = {"conv": ("input", *EVENTS), "windows": ("input",), "sums": ()}
"""What each synapse takes before its weights."""


@dataclass(frozen=True)
class PendingSum:
    """What a synapse sums, as long as nobody has.

    Attributes:
        kind: of the synapse: conv (of events), windows or sums (which are there).
        input: tensors that the synapse takes before its weights.
        weights: one for each input of the neuron; the sums themselves if they are
            there.
        shape: of the sums, (N, Out, H', W', T).
        geometry: as :class:`Geometry`'s pairs; empty of sums that are there.
    """

    kind: str
    input: Tensors
    weights: Sequence[torch.Tensor]
    shape: tuple[int, ...]
    geometry: Sequence[int]

    @property
    def device(self) -> torch.device:
        """Device of the sums."""
        return self.weights[0].device

    def beside(self, weight: torch.Tensor) -> PendingSum:
        """The same with weights of one more input of the neuron."""
        return replace(self, weights=[*self.weights, weight])


def pending_conv(
    input: torch.Tensor,
    weight: torch.Tensor,
    events: training.Events,
    geometry: Sequence[int],
) -> PendingSum:
    """That of a convolution, as :func:`event_conv` takes it."""
    shape = (input.shape[0], weight.shape[0], *geometry[2:4], input.shape[-1])
    input_tensors = (input, *as_tensors(events))
    return PendingSum("conv", input_tensors, [weight], shape, geometry)


def pending_windows(
    input: torch.Tensor, taps: torch.Tensor, geometry: Sequence[int]
) -> PendingSum | None:
    """That of window sums, as :func:`window_sum` takes it; None if none is for it."""
    usable = is_eager(input, taps) and compiled(input) and compiled(taps)
    if not usable or taps.requires_grad or input.numel() < SMALLEST:
        return None
    shape = (*input.shape[:2], *geometry[2:4], input.shape[-1])
    return PendingSum("windows", [input], [taps], shape, geometry)


def pending_sums(z: torch.Tensor | Sequence[torch.Tensor]) -> PendingSum | None:
    """Sums (N, C, H, W, T) that are there, one for each input of the neuron.

    None where a neuron has no use for them channel by channel.
    """
    parts = [z] if isinstance(z, torch.Tensor) else [*z]
    first = parts[0]
    if not is_eager(*parts) or not all(map(compiled, parts)):
        return None
    if first.ndim != 5 or first.shape[2] * first.shape[3] < ENOUGH:
        return None
    if first.numel() < SMALLEST:
        return None
    return PendingSum("sums", [], parts, tuple(first.shape), [])


def apply_fused(
    kernel: Kernel,
    pending: PendingSum,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    delay: torch.Tensor | None = None,
) -> Tensors:
    """Spikes of a neuron and its last states.

    Args:
        kernel: which neuron.
        pending: what it integrates.
        parameters: as ``apply``'s.
        states: likewise.
        settings: likewise; the gradient is the exact one only where a kernel has it.
        delay: of each channel, none of them negative; whole steps count.
    """
    rows = torch.Size(pending.shape[:-1])
    decays = [p.float() for p in parameters]
    starts = [s.detach().float().expand(rows) for s in states]
    tensors = (*pending.input, *pending.weights, *decays, *starts, delay)
    return fused_operator(pending.kind, kernel.name)(
        tensors, FusedSettings(*settings, pending.geometry)
    )


FusedSettings = extended("FusedSettings", Settings, geometry="Sequence[int]")
"""Numbers of a neuron, and the synapse's geometry as :class:`Geometry`'s pairs."""

_BackwardSettings = extended(
    "_BackwardSettings", FusedSettings, decays_learn=bool, input_learns=bool
)


class _Call(NamedTuple):
    """Arguments of a call, sorted; core's synapse and what its neuron takes."""

    synapse: Any
    decays: list[Any]
    states: list[Any]
    threshold: training.Threshold
    surrogate: training.Surrogate
    options: dict[str, Any]


class _Fused:
    """A synapse of a kind and a neuron as one operator, and its backward twin."""

    def __init__(self, kind: str, kernel: Kernel, neuron: training.Neuron) -> None:
        self.kind, self.kernel, self.neuron = kind, kernel, neuron
        self.of_input = _OF_INPUT[kind]
        parts = range(len(neuron.inputs))
        self.weights = tuple(f"weight_{i}" for i in parts)
        tensor_names = self.of_input + self.weights + kernel.parameters + kernel.states
        tensor_names += ("delay?",)
        self.backward = Operator(
            f"{kind}_{kernel.name}_backward",
            ("grad", "spikes?", *tensor_names),
            self._gradients,
            self._fake_gradients,
            _BackwardSettings,
            # Shares of the input, weights, or both; decays, and the delay.
            len(self.weights) * (2 if kind == "conv" else 1)
            + len(kernel.parameters)
            + 1,
        )
        self.forward = Operator(
            f"{kind}_{kernel.name}",
            tensor_names,
            self._spikes,
            self._fake_spikes,
            FusedSettings,
            1 + len(kernel.states),
            self._gradient,
            1,
            self._saved,
        )

    def _split(self, tensors: Tensors) -> tuple[Tensors, Tensors, Tensors, Tensors]:
        """What comes before the weights, weights, decays, states."""
        first = len(self.of_input)
        second = first + len(self.weights)
        third = second + len(self.kernel.parameters)
        return (
            tensors[:first],
            tensors[first:second],
            tensors[second:third],
            tensors[third:-1],
        )

    def _shape(self, tensors: Tensors, geometry: Sequence[int]) -> tuple[int, ...]:
        """That of the spikes."""
        input_tensors, (weight, *_), *_ = self._split(tensors)
        if self.kind == "sums":
            return tuple(weight.shape)
        input = input_tensors[0]
        channels = weight.shape[0] if self.kind == "conv" else input.shape[1]
        return (input.shape[0], channels, *geometry[2:4], input.shape[-1])

    def _call(self, tensors: Tensors, numbers: Any) -> _Call:
        input_tensors, weights, decays, states = self._split(tensors)
        arrays = [array(w) for w in weights]
        synapse: Any
        if self.kind == "sums":
            synapse = training.Sums(arrays)
        elif self.kind == "windows":
            geometry = geometry_of(*numbers.geometry)
            synapse = training.WindowSums(array(input_tensors[0]), arrays, geometry)
        else:
            events = events_of(input_tensors[0].shape, input_tensors[1:])
            geometry = geometry_of(*numbers.geometry)
            synapse = training.ConvOfEvents(events, arrays, geometry)
        delay = tensors[-1]
        return _Call(
            synapse,
            [array(d).reshape(-1) for d in decays],
            [array(s).reshape(*s.shape[:2], -1) for s in states],
            threshold_of(numbers),
            surrogate_of(numbers),
            {
                "latency": numbers.latency,
                "delays": None if delay is None else array(delay),
            },
        )

    # --- forward ---

    def _spikes(self, tensors: Tensors, numbers: Any) -> Tensors:
        call = self._call(tensors, numbers)
        result = training.fused_forward(
            self.neuron, *call[:3], call.threshold, **call.options
        )
        (spikes,), rows = result.outputs, result.outputs[0].shape[:-1]
        last = [torch.from_numpy(s.reshape(rows)) for s in result.states]
        return [torch.from_numpy(spikes), *last]

    def _fake_spikes(self, tensors: Tensors, numbers: Any) -> Tensors:
        shape, like = self._shape(tensors, numbers.geometry), tensors[0]
        ends = [like.new_empty(shape[:-1]) for _ in self.kernel.states]
        return [like.new_empty(shape), *ends]

    # --- backward ---

    def _saved(self, tensors: Tensors, results: Tensors) -> Tensors:
        """Spikes only for a delay's gradient; they are large, and given out."""
        delay = tensors[-1]
        if self.kind == "conv":
            tensors = without_values(tensors, results)
        learns = delay is not None and delay.requires_grad
        return [results[0] if learns else None, *tensors]

    def _gradient(
        self, grads: Tensors, saved: Tensors, numbers: Any, needs: Sequence[bool]
    ) -> Tensors:
        spikes, *tensors = saved
        input_tensors, weights, decays, states = self._split(tensors)
        second = len(input_tensors) + len(weights)
        decays_learn = any(needs[second : second + len(decays)])
        input_learns = self.kind == "conv" and needs[0]
        gradients = self.backward(
            (grads[0], spikes if needs[-1] else None, *tensors),
            _BackwardSettings(*numbers, decays_learn, input_learns),
        )
        *gradients, to_delay = gradients
        own, learned = gradients[: -len(decays)], gradients[-len(decays) :]
        to_input: list[Any] = [None] * len(input_tensors)
        to_weights = own[-len(weights) :]
        if self.kind == "windows":
            to_input[0], to_weights = _total(own), [None] * len(weights)
        elif input_learns:
            shares = zip(weights, own, strict=False)
            shape, geometry = input_tensors[0].shape, numbers.geometry
            to_input[0] = _total([input_gradient(shape, *s, geometry) for s in shares])
        learned = learned if decays_learn else [None] * len(decays)
        to_delay = to_delay if needs[-1] else None
        return [*to_input, *to_weights, *learned, *[None] * len(states), to_delay]

    def _gradients(self, tensors: Tensors, numbers: Any) -> Tensors:
        grad, spikes, *arguments = tensors
        call = self._call(arguments, numbers)
        grads = training.fused_backward(
            self.neuron,
            *call[:3],
            array(grad),
            call.threshold,
            call.surrogate,
            spikes=None if spikes is None else array(spikes),
            decay_gradients=numbers.decays_learn,
            sums=numbers.input_learns,
            **call.options,
        )
        none = torch.empty(0)
        shares = [torch.from_numpy(s) for s in grads.sums] or [none] * len(self.weights)
        own = [torch.from_numpy(each) for each in grads.given]
        decays = self._split(arguments)[2]
        sums = map(torch.from_numpy, grads.decays)
        to_decays = [s.reshape(d.shape) for s, d in zip(sums, decays, strict=False)]
        to_decays += [torch.zeros_like(d) for d in decays[len(to_decays) :]]
        to_delay = none if spikes is None else torch.from_numpy(grads.delays)
        before = shares if self.kind == "conv" else []
        return [*before, *own, *to_decays, to_delay]

    def _fake_gradients(self, tensors: Tensors, numbers: Any) -> Tensors:
        grad, spikes, *arguments = tensors
        before, weights, decays, _ = self._split(arguments)
        none = grad.new_empty(0)
        shares: list[torch.Tensor] = []
        if self.kind == "conv":
            some = numbers.input_learns
            shares = [torch.empty_like(grad) if some else none for _ in weights]
        like = [before[0]] * len(weights) if self.kind == "windows" else weights
        own = [each.new_empty(each.shape) for each in like]
        to_decays = [d.new_empty(d.shape) for d in decays]
        to_delay = none if spikes is None else grad.new_empty(arguments[-1].shape)
        return [*shares, *own, *to_decays, to_delay]


def _total(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    first, *others = parts
    for each in others:
        first = first + each
    return first


_KERNELS = {
    kernel.name: (kernel, neuron)
    for kernel, neuron in zip(NEURONS, training.NEURONS, strict=True)
}


@cache
def fused_operator(kind: str, neuron: str) -> Operator:
    """That of a kind of synapse with a neuron, by their names.

    Made on first use: all of them take a third of slayer's time to import, and no
    program that PyTorch writes holds one, since they are for eager calls alone.
    """
    return _Fused(kind, *_KERNELS[neuron]).forward
