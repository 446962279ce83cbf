"""Rasters of events, still and moving, and how active layers are."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava.lib.dl.slayer.plot._values import (
    Array,
    Layers,
    array,
    axis_or_new,
    by_name,
    legend,
    pyplot,
    with_axes,
)

_LAYOUT = "neurons, T"


def raster(events: Layers, axis: Any = None, *, sampling_time: float = 1) -> Any:
    """Draws a mark for every event, over time; layers are stacked upwards.

    Args:
        events: one sample of a layer, shape (neurons, T), nonzero where there is an
            event; or several, as a sequence or by name.
        axis: axis of matplotlib; a new one if None.
        sampling_time: length of a time step, in milliseconds.

    Returns:
        The axis; each layer is one collection of its events, in order.

    Raises:
        ValueError: if a layer has other axes; of a batch (N, C, H, W, T) draw
            ``events[0].flatten(0, -2)``.
    """
    layers = {n: with_axes(e, "events", _LAYOUT) for n, e in by_name(events).items()}
    axis = axis_or_new(axis)
    first = 0
    for name, layer in layers.items():
        neuron, step = np.nonzero(layer)
        axis.scatter(
            step * sampling_time, first + neuron, s=12, marker="|", label=name or None
        )
        first += len(layer)
    end = max((layer.shape[1] for layer in layers.values()), default=1)
    axis.set(xlabel="time [ms]", ylabel="neuron")
    axis.set(xlim=(-0.5 * sampling_time, (end - 0.5) * sampling_time))
    axis.set(ylim=(-0.5, max(first, 1) - 0.5))
    legend(axis, list(layers))
    return axis


def activity(layers: Layers, axis: Any = None) -> Any:
    """Draws a bar for each layer: the share of its neurons' steps with an event.

    Args:
        layers: events of each layer, shape (..., neurons, T) with or without a batch,
            nonzero where there is an event; a sequence or by name.
        axis: axis of matplotlib; a new one if None.

    Returns:
        The axis; bar heights are percentages.

    Raises:
        ValueError: if a layer has fewer than two axes or no values.
    """
    shares = {name: _share(array(e)) for name, e in by_name(layers).items()}
    axis = axis_or_new(axis)
    positions = range(len(shares))
    axis.bar(positions, list(shares.values()))
    axis.set_xticks(positions, list(shares))
    axis.set_ylabel("steps with an event [%]")
    return axis


def _share(events: Array) -> float:
    if events.ndim < 2 or events.size == 0:
        raise ValueError(f"events have shape {events.shape}, need (..., neurons, T)")
    return 100 * float(np.count_nonzero(events)) / events.size


def animation(
    events: Layers,
    axis: Any = None,
    *,
    sampling_time: float = 1,
    frame_rate: float = 24,
    slow_down: float = 10,
) -> Any:
    """A raster whose events appear as time passes.

    Args:
        events: as :func:`raster` takes them.
        axis: axis of matplotlib; one of a new, closed figure if None, so that a
            notebook shows the animation alone.
        sampling_time: length of a time step, in milliseconds.
        frame_rate: frames a second.
        slow_down: seconds shown for each second of the events.

    Returns:
        ``matplotlib.animation.FuncAnimation``, to be kept as long as it is shown;
        ``to_jshtml()`` is for notebooks, ``save("events.gif")`` writes a file.

    Raises:
        ValueError: as :func:`raster` does.
    """
    drawn = raster(events, axis, sampling_time=sampling_time)
    marks = drawn.collections[-len(by_name(events)) :]
    offsets = [mark.get_offsets().data.copy() for mark in marks]
    length = drawn.get_xlim()[1]
    advance = 1000 / frame_rate / slow_down

    def draw(frame: int) -> Any:
        for mark, points in zip(marks, offsets, strict=True):
            mark.set_offsets(points[points[:, 0] <= frame * advance])
        return marks

    from matplotlib.animation import FuncAnimation

    shown = FuncAnimation(
        drawn.figure,
        draw,
        frames=int(np.ceil(length / advance)) + 1,
        interval=1000 / frame_rate,
        blit=True,
    )
    if axis is None:
        pyplot().close(drawn.figure)
    return shown
