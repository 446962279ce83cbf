"""Shape checks of modules that keep the shape of their first input."""

from __future__ import annotations

import torch


def spatial_shape(shape: torch.Size | None, input: torch.Tensor) -> torch.Size:
    """The spatial shape of an input (N, C, ..., T), checked against the one known.

    Raises:
        AssertionError: if the input has fewer than 3 dimensions or another shape.
    """
    if input.ndim < 3:
        raise AssertionError(
            "Expected input to have at least 3 dimensions: "
            f"[Batch, Spatial dims ..., Time]. It's shape is {input.shape}."
        )
    if shape is not None and input.shape[1:-1] != shape:
        raise AssertionError(
            f"Input tensor shape ({input.shape}) does not match with Neuron shape "
            f"({shape})."
        )
    return input.shape[1:-1]
