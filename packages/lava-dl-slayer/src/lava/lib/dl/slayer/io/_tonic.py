"""Recordings and frames of tonic, whose data sets these functions bring to ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lava.lib.dl.slayer.io._event import Event

_TO_MILLISECONDS = 1e-3  # tonic counts microseconds
_ROUNDING = 1e-9  # of a time at the very beginning of a step


def tonic_to_event(recording: NDArray[Any]) -> Event:
    """Events of a recording of tonic.

    Args:
        recording: structured array with the fields ``x``, ``t`` in microseconds, and
            where the sensor has them ``y`` and ``p``, as tonic's data sets give it.

    Returns:
        The events, their time in milliseconds; channel 0 where there is no ``p``.

    Raises:
        ValueError: if it is no structured array or lacks ``x`` or ``t``.

    >>> import numpy as np
    >>> kind = [("x", int), ("y", int), ("t", int), ("p", int)]
    >>> recording = np.array([(3, 5, 1000, 1), (4, 5, 2500, 0)], dtype=kind)
    >>> event = tonic_to_event(recording)
    >>> event.x.tolist(), event.c.tolist(), event.t.tolist()
    ([3, 4], [1, 0], [1.0, 2.5])
    """
    names = recording.dtype.names or ()
    if not {"x", "t"} <= set(names):
        raise ValueError(
            f"recording has the fields {', '.join(names) or 'of no structured array'}; "
            "needed are x and t, as tonic's data sets give them"
        )
    time = recording["t"] * _TO_MILLISECONDS
    row = recording["y"] if "y" in names else None
    # A bool, which some sensors' polarity is, counts as 0 and 1.
    channel = recording["p"] if "p" in names else np.zeros(len(recording))
    return Event(recording["x"], row, channel, time)


def event_to_tonic(event: Event) -> NDArray[Any]:
    """The same events as a recording for tonic's transforms.

    Args:
        event: events without payload.

    Returns:
        Structured array, with ``t`` in whole microseconds; without ``y`` where the
        events have one dimension.

    Raises:
        ValueError: if the events have a payload.
    """
    if event.graded:
        raise ValueError("tonic's recordings have no place for a payload")
    time = np.round(event.t / _TO_MILLISECONDS).astype(np.int64)
    fields = {"x": event.x, "y": event.y, "t": time, "p": event.c}
    if event.dim == 1:
        del fields["y"]
    recording = np.empty(len(event), dtype=[(name, np.int64) for name in fields])
    for name, values in fields.items():
        recording[name] = values
    return recording


@dataclass(frozen=True)
class TonicFrames:
    """Transform behind ``tonic.transforms.ToFrame``: time goes last.

    Attributes:
        binary: count several events of a bin as one, as a spike is.
    """

    binary: bool = True

    def __call__(self, frames: ArrayLike) -> Tensor:
        """Frames (T, C, H, W), or (T, C, X), as float32 (C, H, W, T), or (C, X, T).

        Raises:
            ValueError: if they have another number of axes.
        """
        array = np.asarray(frames)
        if array.ndim not in (3, 4):
            raise ValueError(
                f"frames have shape {array.shape}; needed is (T, C, H, W) or (T, C, X)"
            )
        values = np.ascontiguousarray(np.moveaxis(array, 0, -1))
        tensor = torch.from_numpy((values != 0) if self.binary else values)
        return tensor.float()


@dataclass(frozen=True)
class TonicTensor:
    """Transform of a recording of tonic into a tensor, without its ``ToFrame``.

    A step begins at its time, as tonic's do; ``Event.fill_tensor`` centres it there.

    Attributes:
        sensor_size: tonic's (W, H, C), the ``sensor_size`` of a data set.
        steps: number of time steps; events after them are left out.
        sampling_time: length of a step in milliseconds.
        transform: called with the events before they are binned, as ours are.
    """

    sensor_size: Sequence[int]
    steps: int
    sampling_time: float = 1
    transform: Callable[[Event], Event] | None = None

    def __call__(self, recording: NDArray[Any]) -> Tensor:
        """Spikes, 0 and 1, of shape (C, H, W, T) in float32."""
        event = tonic_to_event(recording)
        event = event if self.transform is None else self.transform(event)
        width, height, channels = self.sensor_size
        begun = np.floor(event.t / self.sampling_time + _ROUNDING)
        event.t = begun * self.sampling_time
        empty = torch.zeros(channels, height, width, self.steps)
        return (event.fill_tensor(empty, self.sampling_time) != 0).float()
