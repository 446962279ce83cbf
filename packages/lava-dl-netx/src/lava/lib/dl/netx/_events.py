"""Event files, and how they become arrays with time last.

``.bs1`` holds one-dimensional events, ``.bs2`` and ``.bin`` (as N-MNIST ships them)
two-dimensional ones; :mod:`lava.lib.dl.spec.events` has their bytes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lava.lib.dl.spec import events as files

SUFFIXES = (".bs1", ".bs2", ".bin")
MAX_STEPS = 2**31 - 1

Ints = npt.NDArray[np.int64]


class Events(NamedTuple):
    """Events as columns.

    Attributes:
        x: Column of the sensor, or the neuron.
        y: Row of the sensor, 0 for one-dimensional events.
        channel: Polarity.
        time: Microseconds.
    """

    x: Ints
    y: Ints
    channel: Ints
    time: Ints

    def to_array(
        self, shape: tuple[int, ...], step_time: float = 1.0
    ) -> npt.NDArray[np.int32]:
        """Spikes of a network's input.

        Args:
            shape: Shape of the input, (neurons,) or (width, height, channels). A flat
                input takes one-dimensional events, those of channel 1 into its second
                half; for two-dimensional ones give the sensor's shape.
            step_time: Milliseconds per step.

        Returns:
            0 or 1, int32 of shape ``shape + (steps,)``, up to the last event.

        Raises:
            ValueError: An event lies outside of ``shape``, or ``step_time`` is not a
                positive number or too short.
        """
        step, index = self._step(step_time), self._index(shape)
        array = np.zeros((*shape, int(step.max(initial=-1)) + 1), np.int32)
        where = (*index, step)
        array[where] = 1
        return array

    def _step(self, step_time: float) -> Ints:
        """Each event's time step."""
        if not 0 < step_time < np.inf:
            raise ValueError(f"step_time is {step_time}; needed is a positive number")
        step = np.rint(self.time / 1000 / step_time)
        if step.max(initial=0) > MAX_STEPS:
            raise ValueError(
                f"steps of {step_time} ms cut the events into {step.max() + 1:g}; "
                f"{MAX_STEPS} are the most"
            )
        return step.astype(np.int64)

    def _index(self, shape: tuple[int, ...]) -> tuple[Ints, ...]:
        """Where the events lie in an array of the shape."""
        whole: tuple[Ints, ...] = (self.x, self.y, self.channel)
        if len(shape) == 1 and not self.y.any():
            # The trainer's flat order is (channel, neuron).
            whole = (self.x + self.channel * (shape[0] // 2),)
        if len(whole) != len(shape):
            raise ValueError(
                f"the events have {len(whole)} coordinates, but the input has shape "
                f"{shape}; give the sensor's shape as (width, height, channels)"
            )
        for name, axis, size in zip(("x", "y", "channel"), whole, shape, strict=False):
            if axis.size and axis.max() >= size:
                raise ValueError(
                    f"an event has {name} {axis.max()}, but the input of shape {shape} "
                    f"ends at {size - 1}"
                )
        return whole


def read_events(path: str | os.PathLike[str]) -> Events:
    """Read an event file; its suffix says which kind.

    Raises:
        ValueError: The suffix is none of ``.bs1``, ``.bs2``, ``.bin``, or the file
            doesn't hold whole events.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise ValueError(f"{path}: event files end in {', '.join(SUFFIXES)}")
    first, second, channel, time = files.read_events(path)
    if kind == ".bs1":
        first, second = first << 8 | second, np.zeros_like(second)
    return Events(first, second, channel, time)
