"""Calls of kernels on single values, and on the rows of steps that make one value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats, check_array

_VALUES = 1 << 14  # a task of a kernel works on
_ROWS = 1 << 10  # the same of the mean


def run_values(
    name: str, given: Sequence[Floats], taps: Floats, *, level: int = 0, simd: str = ""
) -> Floats:
    """A value for each of the arrays', which are of one shape."""
    first = given[0]
    out, tasks = np.empty_like(first), -(-first.size // _VALUES)
    shape = (first.size, 1, 1, 1)
    _training.run_tiles(
        name, tasks, first.size, 0, shape, given, out, None, [], taps, level, simd
    )
    return out


def time_mean(x: Floats, *, simd: str = "") -> Floats:
    """Means over the last axis, steps added in their order and in float32.

    Args:
        x: float32 (..., T), one step at least.
        simd: an instruction set to force.
    """
    check_array("x", x, x.shape)
    if x.ndim < 1 or x.shape[-1] == 0:
        raise ValueError(f"x has shape {x.shape}, needs one time step at least.")
    out = np.empty(x.shape[:-1], np.float32)
    shape, tasks = (out.size, 1, 1, x.shape[-1]), -(-out.size // _ROWS)
    _training.run_tiles(
        "time_mean", tasks, x.size, 0, shape, [x], out, None, [], None, 0, simd
    )
    return out
