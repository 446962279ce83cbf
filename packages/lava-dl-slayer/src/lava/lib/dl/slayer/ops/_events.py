"""Products with events only, where an input has few.

Sums run in a fixed order in float32. Quantised weights over binary spikes have exact
sums, equal to the dense product's; elsewhere both differ by float32 rounding.
"""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.core import training
from lava.lib.dl.core.training import Events
from lava.lib.dl.slayer.ops._arrays import array, compiled
from lava.lib.dl.slayer.ops._convolve import dense_input_gradient, input_gradient
from lava.lib.dl.slayer.ops._eager import once
from lava.lib.dl.slayer.ops._windows import image_of

SMALLEST = 1 << 16
"""Inputs below which finding the events costs more than it saves."""


def eager() -> bool:
    """Whether tensors hold values, instead of being traced or mapped over."""
    functorch = torch._C._are_functorch_transforms_active()
    return not (torch.compiler.is_compiling() or functorch)


def find_events(input: torch.Tensor, density: float) -> Events | None:
    """The events of an input (..., T), or None where a dense product is for it.

    Args:
        input: any tensor.
        density: largest share of non-zero values that is few.
    """
    if not eager() or not compiled(input) or input.numel() < SMALLEST:
        return None
    return training.find_events(array(input), density * input.numel())


def event_dense(
    input: torch.Tensor, weight: torch.Tensor, events: Events
) -> torch.Tensor:
    """Matrix product over the channels of an input (N, C, T), given its events."""
    product: torch.Tensor = _Dense.apply(input, weight, events)
    return product


def event_conv(
    input: torch.Tensor, weight: torch.Tensor, events: Events, geometry: list[int]
) -> torch.Tensor:
    """Convolution over the image of an input (N, C, H, W, T), given its events.

    Args:
        input: shape (N, C, H, W, T); only for its gradient.
        weight: shape (Out, C, kernel height, kernel width).
        events: of the input.
        geometry: as :func:`window_sum` takes it.
    """
    product: torch.Tensor = _Conv.apply(input, weight, events, image_of(geometry))
    return product


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, input: torch.Tensor, weight: torch.Tensor, events: Events
    ) -> torch.Tensor:
        ctx.events = events
        ctx.save_for_backward(weight)
        return torch.from_numpy(training.sparse_dense(events, array(weight)))

    @staticmethod
    @once
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        (weight,), events = ctx.saved_tensors, ctx.events
        of_input = of_weight = None
        if ctx.needs_input_grad[0]:
            of_input = dense_input_gradient(weight, grad)
        if ctx.needs_input_grad[1]:
            found = training.sparse_dense_weight_gradient(events, array(grad))
            of_weight = torch.from_numpy(found)
        return of_input, of_weight, None


class _Conv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,
        weight: torch.Tensor,
        events: Events,
        image: training.Image,
    ) -> torch.Tensor:
        ctx.events, ctx.image = events, image
        ctx.save_for_backward(weight)
        return torch.from_numpy(training.sparse_conv(events, array(weight), image))

    @staticmethod
    @once
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        (weight,) = ctx.saved_tensors
        events, image = ctx.events, ctx.image
        of_input = of_weight = None
        if ctx.needs_input_grad[0]:
            of_input = input_gradient(events.shape, weight, grad, image)
        if ctx.needs_input_grad[1]:
            found = training.sparse_conv_weight_gradient(events, array(grad), image)
            of_weight = torch.from_numpy(found)
        return of_input, of_weight, None, None
