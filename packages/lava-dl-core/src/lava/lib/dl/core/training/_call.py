"""Checks of arrays before they go to a compiled kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Optional: TypeAlias = "Sequence[Floats | None]"
Shape: TypeAlias = tuple[int, int, int, int]


def shape_of(x: Floats | None) -> Shape:
    """The shape (N, C, S, T) of an input, checked."""
    if not isinstance(x, np.ndarray):
        raise TypeError(f"inputs[0] is a {type(x).__name__}, needs a numpy array.")
    if x.ndim != 4:
        raise ValueError(
            f"inputs[0] has {x.ndim} dimensions, needs 4: (N, C, S, T); reshape it."
        )
    shape: Shape = x.shape
    return shape


def check_array(
    name: str, array: Floats | None, shape: tuple[int, ...] | None = None
) -> None:
    """Raises unless the array is float32, C-contiguous and of this shape, or None."""
    if array is None:
        return
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} is a {type(array).__name__}, needs a numpy array.")
    if array.dtype != np.float32:
        raise TypeError(f"{name} is {array.dtype}, needs float32; use astype.")
    if shape is not None and array.shape != shape:
        refuse(name, array, shape)
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} is not contiguous; use numpy.ascontiguousarray.")


def refuse(name: str, array: Floats, shape: tuple[int, ...]) -> NoReturn:
    """Says that an array has the wrong shape."""
    raise ValueError(f"{name} has shape {array.shape}, needs {shape}.")
