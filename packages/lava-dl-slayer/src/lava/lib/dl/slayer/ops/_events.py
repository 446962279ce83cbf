"""Products with events only, where an input has few.

Sums run in a fixed order in float32. Quantised weights over binary spikes have exact
sums, equal to the dense product's; elsewhere both differ by float32 rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.core.training import Events
from lava.lib.dl.slayer._tracing import is_eager
from lava.lib.dl.slayer.ops._convolve import PIXEL, input_gradient
from lava.lib.dl.slayer.ops._launch import array, compiled, is_by_steps
from lava.lib.dl.slayer.ops._operator import Operator, Tensors
from lava.lib.dl.slayer.ops._windows import Geometry, geometry_of

SMALLEST = 1 << 16
"""Inputs below which finding the events costs more than it saves."""

EVENTS = ("start", "step", "value?")
"""An operator's arguments for events."""


def find_events(input: torch.Tensor, density: float) -> Events | None:
    """The events of an input (..., T), or None where a dense product is for it.

    Args:
        input: any tensor.
        density: largest share of non-zero values that is few.
    """
    if input.numel() < SMALLEST or not is_eager(input) or not compiled(input):
        return None
    return training.find_events(array(input), density * input.numel())


def as_tensors(events: Events) -> Tensors:
    """Events as tensors for an operator."""
    start, step, value = events.lists
    some = None if value is None else torch.from_numpy(value)
    return torch.from_numpy(start), torch.from_numpy(step), some


def without_values(tensors: Tensors, results: Tensors) -> Tensors:
    """What gradients need: of an input its shape, as events hold its values."""
    input, *others = tensors
    return [input.new_empty(1).expand(input.shape), *others]


def events_of(shape: Sequence[int], tensors: Tensors) -> Events:
    """The events that :func:`as_tensors` made, of an input of this shape."""
    start, step, value = tensors
    some = None if value is None else array(value)
    return Events(tuple(shape), start.numpy(), step.numpy(), some)


class _Layout(NamedTuple):
    """Whether sums (N, Out, T) lie in memory as (N, T, Out)."""

    by_steps: bool = False


def event_dense(
    input: torch.Tensor, weight: torch.Tensor, events: Events, by_steps: bool = False
) -> torch.Tensor:
    """Matrix product over the channels of an input (N, C, T), given its events.

    Args:
        input: only for its gradient.
        weight: shape (Out, C).
        events: of the input.
        by_steps: the product lies in memory as (N, T, Out).
    """
    tensors = (input, weight, *as_tensors(events))
    return _DENSE(tensors, _Layout(by_steps))[0]


def event_conv(
    input: torch.Tensor, weight: torch.Tensor, events: Events, geometry: Sequence[int]
) -> torch.Tensor:
    """Convolution over the image of an input (N, C, H, W, T), given its events.

    Args:
        input: shape (N, C, H, W, T); only for its gradient.
        weight: shape (Out, C, kernel height, kernel width).
        events: of the input.
        geometry: as :func:`window_sum` takes it.
    """
    tensors = (input, weight, *as_tensors(events))
    return _CONV(tensors, Geometry(geometry))[0]


def _dense(tensors: Tensors, layout: _Layout) -> Tensors:
    input, weight, *events = tensors
    arguments = events_of(input.shape, events), array(weight)
    sums = torch.from_numpy(training.sparse_dense(*arguments, by_steps=layout.by_steps))
    return [sums.mT if layout.by_steps else sums]


def _dense_weight(tensors: Tensors, _: Any) -> Tensors:
    input, grad, *events = tensors
    by_steps = is_by_steps(grad)
    to_weight = training.sparse_dense_weight_gradient(
        events_of(input.shape, events),
        array(grad.mT if by_steps else grad),
        by_steps=by_steps,
    )
    return [torch.from_numpy(to_weight)]


def _dense_gradient(
    grads: Tensors, saved: Tensors, _: Any, needs: Sequence[bool]
) -> Tensors:
    (grad,), (input, weight, *events) = grads, saved
    to_input = to_weight = None
    if needs[0]:
        to_input = _dense_input(weight, grad)
    if needs[1]:
        to_weight = _DENSE_WEIGHT((input, grad, *events))[0]
    return [to_input, to_weight]


def _dense_input(weight: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
    """Gradient (N, C, T) of a dense layer's input from that of its output."""
    shape = (grad.shape[0], weight.shape[1], 1, 1, grad.shape[2])
    kernel, sums = weight[..., None, None], grad[:, :, None, None]
    return input_gradient(shape, kernel, sums, PIXEL).flatten(2)


def _conv(tensors: Tensors, geometry: Geometry) -> Tensors:
    input, weight, *events = tensors
    arguments = (
        events_of(input.shape, events),
        array(weight),
        geometry_of(*geometry.pairs),
    )
    return [torch.from_numpy(training.sparse_conv(*arguments))]


def _conv_weight(tensors: Tensors, geometry: Geometry) -> Tensors:
    input, grad, *events = tensors
    arguments = (
        events_of(input.shape, events),
        array(grad),
        geometry_of(*geometry.pairs),
    )
    return [torch.from_numpy(training.sparse_conv_weight_gradient(*arguments))]


def _conv_gradient(
    grads: Tensors, saved: Tensors, geometry: Geometry, needs: Sequence[bool]
) -> Tensors:
    (grad,), (input, weight, *events) = grads, saved
    to_input = to_weight = None
    if needs[0]:
        to_input = input_gradient(input.shape, weight, grad, geometry.pairs)
    if needs[1]:
        to_weight = _CONV_WEIGHT((input, grad, *events), geometry)[0]
    return [to_input, to_weight]


def _like_dense(tensors: Tensors, layout: _Layout) -> Tensors:
    input, weight = tensors[:2]
    samples, _, steps = input.shape
    if layout.by_steps:
        return [input.new_empty((samples, steps, weight.shape[0])).mT]
    return [input.new_empty((samples, weight.shape[0], steps))]


def _like_conv(tensors: Tensors, geometry: Geometry) -> Tensors:
    input, weight = tensors[:2]
    windows = geometry.pairs[2:4]
    shape = (input.shape[0], weight.shape[0], *windows, input.shape[-1])
    return [input.new_empty(shape)]


def _like_dense_weight(tensors: Tensors, _: Any) -> Tensors:
    input, grad = tensors[:2]
    return [grad.new_empty((grad.shape[1], input.shape[1]))]


def _like_conv_weight(tensors: Tensors, geometry: Geometry) -> Tensors:
    input, grad = tensors[:2]
    shape = (grad.shape[1], input.shape[1], *geometry.pairs[4:6])
    return [grad.new_empty(shape)]


_GRAD = ("input", "grad", *EVENTS)
_DENSE_WEIGHT = Operator("event_dense_weight", _GRAD, _dense_weight, _like_dense_weight)
_CONV_WEIGHT = Operator(
    "event_conv_weight", _GRAD, _conv_weight, _like_conv_weight, Geometry
)
_GIVEN = ("input", "weight", *EVENTS)
_DENSE = Operator(
    "event_dense",
    _GIVEN,
    _dense,
    _like_dense,
    _Layout,
    gradient=_dense_gradient,
    save=without_values,
)
_CONV = Operator(
    "event_conv",
    _GIVEN,
    _conv,
    _like_conv,
    Geometry,
    gradient=_conv_gradient,
    save=without_values,
)
