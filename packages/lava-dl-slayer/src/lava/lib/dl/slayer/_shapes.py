"""Checks of what a module is given: kind, device, and the shape of its first input."""

from __future__ import annotations

import torch
from torch import Tensor


def check_tensor(input: object, device: torch.device | None = None) -> None:
    """Refuses what isn't a floating point tensor on the module's device.

    Raises:
        TypeError: if the input is no tensor or no floating point one.
        ValueError: if it is on another device.
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            f"input is a {type(input).__name__}, needs a tensor; use torch.as_tensor."
        )
    if not input.is_floating_point():
        raise TypeError(f"input is {input.dtype}, needs floating point; use x.float().")
    if device is not None and input.device != device:
        raise ValueError(
            f"input is on {input.device}, the module on {device}; move one with .to()."
        )


def spatial_shape(shape: torch.Size | None, input: Tensor) -> torch.Size:
    """The spatial shape of an input (N, C, ..., T), checked against the one known.

    Raises:
        AssertionError: if the input has fewer than 3 dimensions or another shape.
        TypeError: if it isn't a floating point tensor.
    """
    check_tensor(input)
    return inner_shape(shape, input.shape)


def inner_shape(
    known: torch.Size | None, shape: torch.Size, kind: str = "Input"
) -> torch.Size:
    """The spatial part of (N, C, ..., T), checked against the one known."""
    check_axes(shape)
    if known is not None and shape[1:-1] != known:
        raise AssertionError(
            f"{kind} tensor shape ({shape}) does not match with Neuron shape ({known})."
        )
    return shape[1:-1]


def check_axes(shape: torch.Size) -> None:
    """Refuses fewer than 3 dimensions."""
    if len(shape) < 3:
        raise AssertionError(
            "Expected input to have at least 3 dimensions: "
            f"[Batch, Spatial dims ..., Time]. It's shape is {shape}."
        )
