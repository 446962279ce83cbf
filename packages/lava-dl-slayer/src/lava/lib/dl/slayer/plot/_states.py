"""Traces of what neurons hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava.lib.dl.slayer.plot._values import Array, Values, array, axis_or_new, with_axes


def trace(
    state: Values,
    axis: Any = None,
    *,
    threshold: float | Values | None = None,
    name: str = "voltage",
    sampling_time: float = 1,
) -> Any:
    """Draws a state over time, a line a neuron, and what it must reach.

    Args:
        state: currents, voltages or others, shape (T,) or (neurons, T).
        axis: axis of matplotlib; a new one if None.
        threshold: level of the threshold, in the state's unit: one number, or, where
            it adapts, shape (T,) for all neurons or (neurons, T); dashed.
        name: what the state is, with its unit if it has one.
        sampling_time: length of a time step, in milliseconds.

    Returns:
        The axis; the lines of the neurons come first, then those of the thresholds.

    Raises:
        ValueError: if a shape is another one.
    """
    lines = np.atleast_2d(with_axes(state, "states", "T", "neurons, T"))
    levels = _levels(threshold, lines.shape)
    axis = axis_or_new(axis)
    time = sampling_time * np.arange(lines.shape[1])
    for number, line in enumerate(lines):
        axis.plot(time, line, color=f"C{number}")
    for number, level in enumerate(levels):
        colour = f"C{number}" if len(levels) > 1 else "grey"
        axis.plot(time, level, color=colour, linestyle="--")
    axis.set(xlabel="time [ms]", ylabel=name)
    return axis


def _levels(threshold: float | Values | None, shape: tuple[int, ...]) -> Array:
    """Thresholds of all steps, (1, T) if all neurons have the same, else (neurons, T).

    Raises:
        ValueError: if they are neither.
    """
    if threshold is None:
        return np.empty((0, shape[1]))
    if isinstance(threshold, int | float):
        threshold = np.asarray(threshold)
    level = array(threshold)
    level = level.reshape(()) if level.size == 1 else level
    if level.shape not in ((), shape[1:], shape):
        raise ValueError(
            f"thresholds have shape {level.shape}, need one number, {shape[1:]} "
            f"or {shape}"
        )
    rows = shape[0] if level.ndim == 2 else 1
    return np.broadcast_to(level, (rows, shape[1]))
