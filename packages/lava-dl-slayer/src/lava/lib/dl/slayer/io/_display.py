"""Animations of events, with matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lava.lib.dl.slayer.io._event import Event

Draw = Callable[[int], Any]

# Channel 0 is blue, 1 red and 2 green.
_COLOUR_OF_CHANNEL = (2, 0, 1)


def animation(
    event: Event, fig: Any, frame_rate: float, pre_compute: bool, repeat: bool
) -> Any:
    """An animation, which lives as long as something refers to it."""
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation

    if len(event) == 0:
        raise ValueError("there are no events to show")
    figure = plt.figure(fig) if fig is None or isinstance(fig, int) else fig
    interval = 1000 / frame_rate
    frames = int(np.ceil(event.t.max() / interval)) + 1
    make = _raster if event.dim == 1 else _images
    draw = make(event, figure.gca(), interval, frames, pre_compute)
    return FuncAnimation(
        figure, draw, frames=frames, interval=interval, blit=True, repeat=repeat
    )


def _raster(
    event: Event, axis: Any, interval: float, frames: int, pre_compute: bool
) -> Draw:
    weight = _weight(event)
    axis.scatter(event.t, event.x, s=2 + 10 * weight, alpha=0.2 + 0.8 * weight)
    axis.set(xlabel="time [ms]", ylabel="neuron")
    cursor = axis.axvline(0)

    def draw(frame: int) -> Any:
        cursor.set_xdata([frame * interval] * 2)
        return (cursor,)

    return draw


def _weight(event: Event) -> NDArray[np.float64]:
    if event.p is None or np.ptp(event.p) == 0:
        return np.ones(len(event))
    return (event.p - event.p.min()) / np.ptp(event.p)


def _images(
    event: Event, axis: Any, interval: float, frames: int, pre_compute: bool
) -> Draw:
    def image(frame: int) -> NDArray[np.float64]:
        return _image(event, frame * interval, interval)

    frame_of: Callable[[int], NDArray[np.float64]] = image
    if pre_compute:
        frame_of = [image(frame) for frame in range(frames)].__getitem__
    shown = axis.imshow(frame_of(0))

    def draw(frame: int) -> Any:
        shown.set_data(frame_of(frame))
        return (shown,)

    return draw


def _image(event: Event, begin: float, length: float) -> NDArray[np.float64]:
    colours = len(_COLOUR_OF_CHANNEL)
    image = np.zeros((event.y.max() + 1, event.x.max() + 1, colours))
    now = (begin <= event.t) & (event.t < begin + length) & (event.c < colours)
    colour = np.array(_COLOUR_OF_CHANNEL)[event.c[now]]
    image[event.y[now], event.x[now], colour] = 1
    return image
