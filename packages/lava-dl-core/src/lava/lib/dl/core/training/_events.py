"""The non-zero values of an input, found once for all products with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats, check_array

Lists: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int32], Floats | None]"


@dataclass(frozen=True)
class Events:
    """Non-zero values of an array (..., T), row by row of steps.

    Attributes:
        shape: the array's shape.
        start: int64 (rows + 1,); row r has the events start[r] to start[r + 1].
        step: int32, each event's time step, rising within a row.
        value: float32, each event's value; None where all are 1.
    """

    shape: tuple[int, ...]
    start: NDArray[np.int64]
    step: NDArray[np.int32]
    value: Floats | None

    @property
    def lists(self) -> Lists:
        """As the kernels take them."""
        return self.start, self.step, self.value


def find_events(x: Floats, most: float, *, simd: str = "") -> Events | None:
    """The events of an array, or None if there are more than `most`.

    Args:
        x: float32 (..., T).
        most: largest number of events that is of use.
        simd: an instruction set to force.
    """
    start = _starts(x, simd)
    return None if start[-1] > most else _listed(x, start, simd)


def all_events(x: Floats, *, simd: str = "") -> Events:
    """The events of an array float32 (..., T), however many."""
    return _listed(x, _starts(x, simd), simd)


def _starts(x: Floats, simd: str) -> NDArray[np.int64]:
    check_array("x", x, x.shape)
    if x.ndim < 1:
        raise ValueError("x is a number, needs an axis of time steps.")
    start = np.empty(math.prod(x.shape[:-1]) + 1, np.int64)
    start[0], count = 0, start[1:]
    _run("count_events", x, count.view(np.float32), None, simd)
    np.add.accumulate(count, out=count)
    return start


def _listed(x: Floats, start: NDArray[np.int64], simd: str) -> Events:
    step, value = np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    _run("find_events", x, value, (start, step, value), simd)
    return Events(x.shape, start, step, None if bool((value == 1).all()) else value)


def _run(name: str, x: Floats, out: Floats, lists: Lists | None, simd: str) -> None:
    shape = math.prod(x.shape[:-1]), 1, 1, x.shape[-1]
    _training.run_tiles(name, shape, [x], out, lists, None, None, simd)
