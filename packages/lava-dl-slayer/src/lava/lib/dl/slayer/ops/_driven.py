"""Neurons driven by a synapse in one operator, without its sums in memory.

Spikes and gradients have the bits of the synapse's operator followed by the neuron's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.ops._arrays import (
    array,
    compiled,
    parameter_gradients,
    states_of,
    tensors,
    values,
)
from lava.lib.dl.slayer.ops._convolve import input_gradient
from lava.lib.dl.slayer.ops._dynamics import Dynamics
from lava.lib.dl.slayer.ops._eager import once
from lava.lib.dl.slayer.ops._events import SMALLEST, eager
from lava.lib.dl.slayer.ops._neurons import NEURONS, surrogate_of, threshold_of
from lava.lib.dl.slayer.ops._operator import Tensors
from lava.lib.dl.slayer.ops._windows import image_of

__all__ = ["Product", "conv_product", "drive", "summed", "window_product"]

_KERNELS = {whole.operator.name: kernel for kernel, whole in NEURONS}

Synapse = training.ConvOfEvents | training.WindowSums | training.Sums

ENOUGH = 16
"""Rows of a channel from which a pass channel by channel pays."""


@dataclass(frozen=True)
class Product:
    """What a synapse sums, as long as nobody has.

    Attributes:
        input: tensor (N, C, H, W, T) that the synapse weighs.
        weights: one for each input of the neuron.
        shape: of the sums, (N, Out, H', W', T).
        synapse: core's synapse, of the input and the weights as arrays.
        of_events: whether it doesn't look at the input, having its events.
    """

    input: torch.Tensor
    weights: Sequence[torch.Tensor]
    shape: tuple[int, ...]
    synapse: Callable[[Any, Sequence[Any]], Synapse]
    of_events: bool

    def beside(self, weight: torch.Tensor) -> Product:
        """The same with weights of one more input of the neuron."""
        return replace(self, weights=[*self.weights, weight])


def conv_product(
    input: torch.Tensor,
    weight: torch.Tensor,
    events: training.Events,
    geometry: list[int],
) -> Product:
    """That of a convolution, as :func:`event_conv` takes it."""
    image = image_of(geometry)
    shape = (input.shape[0], weight.shape[0], *image.windows, input.shape[-1])

    def synapse(_: Any, weights: Sequence[Any]) -> Synapse:
        return training.ConvOfEvents(events, weights, image)

    return Product(input, [weight], shape, synapse, of_events=True)


def window_product(
    input: torch.Tensor, taps: torch.Tensor, geometry: list[int]
) -> Product | None:
    """That of window sums, as :func:`window_sum` takes it; None if none is for it."""
    usable = compiled(input) and compiled(taps) and input.numel() >= SMALLEST
    if not usable or taps.requires_grad or not eager():
        return None
    image = image_of(geometry)
    shape = (*input.shape[:2], *image.windows, input.shape[-1])

    def synapse(x: Any, weights: Sequence[Any]) -> Synapse:
        return training.WindowSums(x, weights, image)

    return Product(input, [taps], shape, synapse, of_events=False)


def summed(z: torch.Tensor | Sequence[torch.Tensor]) -> Product | None:
    """Sums (N, C, H, W, T) that are there, one for each input of the neuron.

    None where a neuron has no use for them channel by channel.
    """
    parts = [z] if isinstance(z, torch.Tensor) else [*z]
    first = parts[0]
    if not eager() or not all(map(compiled, parts)) or first.numel() < SMALLEST:
        return None
    if first.ndim != 5 or first.shape[2] * first.shape[3] < ENOUGH:
        return None

    def synapse(_: Any, sums: Sequence[Any]) -> Synapse:
        return training.Sums(sums)

    blank = first.new_empty(0)
    return Product(blank, parts, tuple(first.shape), synapse, of_events=True)


def drive(
    dynamics: Dynamics,
    product: Product,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    delay: torch.Tensor | None = None,
) -> list[torch.Tensor]:
    """Spikes of a neuron and its last states.

    Args:
        dynamics: which neuron.
        product: what it integrates.
        parameters: as ``apply``'s.
        states: likewise.
        settings: likewise; the gradient is the exact one only where a kernel has it.
        delay: of each channel, none of them negative; whole steps count.
    """
    decays = [p.float() for p in parameters]
    starts = [s.detach().float() for s in states]
    call = _Call(
        _KERNELS[dynamics.operator.name],
        product.synapse,
        product.shape,
        product.of_events,
        len(product.weights),
        len(parameters),
        settings,
    )
    tensors = product.input, *product.weights, *decays, *starts
    return list(_Driven.apply(call, delay, *tensors))


class _Call(NamedTuple):
    neuron: training.Neuron
    synapse: Callable[[Any, Sequence[Any]], Synapse]
    shape: tuple[int, ...]
    of_events: bool
    parts: int
    decays: int
    settings: Settings

    def arrays(
        self, input: torch.Tensor, *given: torch.Tensor
    ) -> tuple[Synapse, list[Any], list[Any]]:
        """The synapse, decays and states of tensors: input, weights, decays, states."""
        weights, rest = given[: self.parts], given[self.parts :]
        synapse = self.synapse(
            None if self.of_events else array(input), [array(w) for w in weights]
        )
        starts = states_of(rest[self.decays :], self.shape[:-1])
        return synapse, values(rest[: self.decays]), starts


class _Driven(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        call: _Call,
        delay: torch.Tensor | None,
        input: torch.Tensor,
        *given: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        ctx.call = call
        found = training.driven_forward(
            call.neuron,
            *call.arrays(input, *given),
            threshold_of(call.settings),
            latency=call.settings.latency,
            delays=_optional(delay),
        )
        (spikes,) = tensors(found.outputs, call.shape)
        last = tensors(found.states, call.shape[:-1])
        ctx.mark_non_differentiable(*last)
        kept = spikes if ctx.needs_input_grad[1] else None
        ctx.save_for_backward(delay, kept, None if call.of_events else input, *given)
        return (spikes, *last)

    @staticmethod
    @once
    def backward(ctx: Any, grad: torch.Tensor, *_: Any) -> tuple[Any, ...]:
        call, (delay, spikes, input, *given) = ctx.call, ctx.saved_tensors
        of_decays = slice(3 + call.parts, 3 + call.parts + call.decays)
        synapse, decays, starts = call.arrays(input, *given)
        found = training.driven_backward(
            call.neuron,
            synapse,
            decays,
            starts,
            array(grad),
            threshold_of(call.settings),
            surrogate_of(call.settings),
            latency=call.settings.latency,
            delays=_optional(delay),
            spikes=_optional(spikes),
            decay_gradients=any(ctx.needs_input_grad[of_decays]),
            sums=call.of_events and ctx.needs_input_grad[2],
        )
        to_delay = None if spikes is None else torch.from_numpy(found.delays)
        weights, rest = given[: call.parts], given[call.parts :]
        to_synapse = _of_synapse(synapse, found, weights)
        to_decays = parameter_gradients(found.decays, rest)
        none = [None] * (len(rest) - len(to_decays))
        return (None, to_delay, *to_synapse, *to_decays, *none)


def _of_synapse(
    synapse: Synapse, found: training.Gradients, weights: Tensors
) -> list[torch.Tensor | None]:
    """Gradients of the input, where it wants one, and of the weights."""
    given = [torch.from_numpy(each) for each in found.given]
    if isinstance(synapse, training.WindowSums):
        return [_total(given), *[None] * len(given)]
    if isinstance(synapse, training.Sums):
        return [None, *given]
    shares = [
        input_gradient(
            synapse.events.shape, weight, torch.from_numpy(sums), synapse.image
        )
        for weight, sums in zip(weights, found.sums, strict=False)
    ]
    return [_total(shares) if shares else None, *given]


def _total(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    first, *others = parts
    for each in others:
        first += each
    return first


def _optional(x: torch.Tensor | None) -> Any:
    return None if x is None else array(x)
