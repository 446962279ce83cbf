"""Weights and delays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lava.lib.dl.slayer.axon.delay import Delay
from lava.lib.dl.slayer.plot._values import (
    Array,
    Layers,
    Values,
    array,
    axis_or_new,
    by_name,
    legend,
)


def weights(values: Values, axis: Any = None) -> Any:
    """Draws weights as an image, red above and blue below zero.

    Args:
        values: shape (out, in) or (out, in, ...); the axes after the first are one
            row of the image.
        axis: axis of matplotlib; a new one if None.

    Returns:
        The axis; its colours reach as far above zero as below.

    Raises:
        ValueError: if there are fewer than two axes or no values.
    """
    whole = array(values)
    if whole.ndim < 2 or whole.size == 0:
        raise ValueError(f"weights have shape {whole.shape}, need (out, in, ...)")
    axis = axis_or_new(axis)
    limit = float(np.abs(whole).max()) or 1.0
    image = axis.imshow(
        whole.reshape(len(whole), -1),
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        aspect="auto",
        interpolation="nearest",
    )
    axis.figure.colorbar(image, ax=axis, label="weight")
    axis.set(xlabel="input", ylabel="output")
    return axis


def delays(values: torch.nn.Module | Layers, axis: Any = None) -> Any:
    """Draws how many channels have which delay, in whole steps as they act.

    Args:
        values: delays of any shape in time steps; or several sets, as a sequence or by
            name, such as those before and after training; or a module, whose learnt
            delays are drawn by their names.
        axis: axis of matplotlib; a new one if None.

    Returns:
        The axis; each set has a bar for each step from 0 to the longest delay.

    Raises:
        ValueError: if there are no delays, which a module has once an input came.
    """
    learnt = _learnt(values) if isinstance(values, torch.nn.Module) else values
    steps = {n: _whole_steps(array(v)) for n, v in by_name(learnt).items()}
    if not steps or not all(v.size for v in steps.values()):
        raise ValueError("there are no delays; a module has them once an input came")
    axis = axis_or_new(axis)
    longest = max(int(v.max()) for v in steps.values())
    axis.hist(
        list(steps.values()),
        bins=np.arange(longest + 2) - 0.5,
        label=list(steps) if any(steps) else None,
    )
    axis.set(xlabel="delay [steps]", ylabel="channels")
    legend(axis, list(steps))
    return axis


def _whole_steps(values: Array) -> Array:
    return np.floor(np.maximum(values, 0)).astype(np.int64).ravel()


def _learnt(net: torch.nn.Module) -> dict[str, Values]:
    return {
        name or "delay": module.delay.detach() / module.sampling_time
        for name, module in net.named_modules()
        if isinstance(module, Delay) and module.init
    }
