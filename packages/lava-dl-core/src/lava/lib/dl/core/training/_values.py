"""Calls of kernels on single values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats


def run_values(
    name: str, arrays: Sequence[Floats], coefficients: Floats, *, simd: str = ""
) -> Floats:
    """A value for each of the arrays', which are of one shape."""
    out = np.empty(arrays[0].shape, np.float32)
    shape = out.size, 1, 1, 1
    _training.run_tiles(name, shape, arrays, out, None, [], coefficients, simd)
    return out
