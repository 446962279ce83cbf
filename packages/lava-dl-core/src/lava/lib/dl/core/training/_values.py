"""Calls of kernels on single values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats

_VALUES = 1 << 14  # a task of a kernel works on
_CHEAP = 8  # values take no longer than a time step of a neuron


def run_values(
    name: str, given: Sequence[Floats], taps: Floats, *, simd: str = ""
) -> Floats:
    """A value for each of the arrays', which are of one shape."""
    first = given[0]
    out, tasks = np.empty_like(first), -(-first.size // _VALUES)
    shape, work = (first.size, 1, 1, 1), first.size // _CHEAP
    _training.run_tiles(
        name, tasks, work, 0, shape, given, out, None, [], taps, 0, simd
    )
    return out
