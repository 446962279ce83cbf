"""What synapses take: events of any number type, with their axes."""

from __future__ import annotations

from torch import Tensor


def real(input: Tensor) -> Tensor:
    """Booleans and integers as float32, floats as they are."""
    return input if input.is_floating_point() else input.float()


def trains(input: Tensor) -> Tensor:
    """An input (N, C, ..., T) of any number type, as floats.

    Raises:
        ValueError: If an axis is missing.
    """
    if input.ndim < 3:
        raise ValueError(
            f"input has shape {tuple(input.shape)}; needed is (samples, neurons, "
            "steps); without time, unsqueeze(-1) makes one step of it"
        )
    return input if input.is_floating_point() else input.float()


def images(input: Tensor) -> Tensor:
    """An input (N, C, H, W, T) of any number type, as floats.

    Raises:
        ValueError: If it has other axes.
    """
    if input.ndim == 5:
        return real(input)
    mend = {
        3: "unflatten(1, (channels, height, width)) makes images of it",
        4: "unsqueeze(-1) makes one step of time of it, unsqueeze(0) a batch of one "
        "sample",
    }.get(input.ndim, "reshape it")
    raise ValueError(
        f"input has shape {tuple(input.shape)}; needed is (samples, channels, height, "
        f"width, steps); {mend}"
    )
