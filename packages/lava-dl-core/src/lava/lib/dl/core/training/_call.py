"""Checks arrays and hands them to a compiled kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._settings import Settings

Floats: TypeAlias = NDArray[np.float32]
Optional: TypeAlias = "Sequence[Floats | None]"
Shape: TypeAlias = tuple[int, int, int, int]

_KEPT_FROM = 1 << 20  # values; the allocator keeps smaller blocks itself

# A factor, be it decay or 4096 - decay, must stay within the 14 bits an int64 product
# has room for.
DECAY_RANGE = (-4096, 8192)


class Result(NamedTuple):
    """What a kernel wrote.

    Attributes:
        outputs: arrays like the inputs, float32 (N, C, S, T).
        states: those after the last step, float32 (N, C, S).
        gradients: sums over what each parameter serves, shaped as the parameters.
    """

    outputs: list[Floats]
    states: list[Floats]
    gradients: list[Floats]


def run(
    kernel: str,
    inputs: Optional,
    settings: Settings,
    *,
    parameters: Sequence[Floats] = (),
    states: Sequence[Floats] = (),
    taps: Floats | None = None,
    outputs: int = 1,
    last: int = 0,
    learned: int = 0,
) -> Result:
    """Runs a kernel by its name.

    Args:
        kernel: one of `_training.kernel_names()`.
        inputs: float32 (N, C, S, T) each, contiguous; None after the first reads as
            zero.
        settings: its scalars.
        parameters: float32, one value or one per channel each.
        states: float32 (N, C, S) each, or one value.
        taps: of a filter, or recurrent weights.
        outputs: how many arrays like the inputs it writes.
        last: how many last states it writes.
        learned: how many parameters, from the first, have their gradient written.

    Raises:
        TypeError: if an array is not a contiguous float32 array.
        ValueError: if shapes don't fit.
    """
    shape = shape_of(inputs[0])
    for i, x in enumerate(inputs):
        if x is not None and x.shape != shape:
            refuse(f"inputs[{i}]", x, shape)
    rows, starts, sums = shape[:-1], [], []
    for state in states:
        starts.append(state if state.shape == rows else spread(state, rows))
    for parameter in parameters[:learned]:
        sums.append(np.empty(parameter.shape, np.float32))
    written = empty(shape, outputs)
    ends = empty(rows, last)
    try:
        _training.run(
            kernel,
            shape,
            inputs,
            written,
            parameters,
            starts,
            ends,
            sums,
            settings,
            taps,
            settings.simd,
        )
    except TypeError:
        for i, x in enumerate(inputs):
            check_array(f"inputs[{i}]", x, shape)
        raise
    return Result(written, ends, sums)


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


def check_decays(decays: Sequence[Floats], channels: int) -> list[Floats]:
    """Decays of one value or one per channel, in the range the arithmetic is exact."""
    low, high = DECAY_RANGE
    arrays = []
    for decay in decays:
        array = check_channels("a decay", decay, channels)
        # Reductions of numpy take longer than a small kernel.
        one = array.size == 1
        least, most = (array[0],) * 2 if one else (array.min(), array.max())
        if not (low <= least and most <= high):
            raise ValueError(
                f"a decay holds {least} to {most}, needs values from "
                f"{low} to {high} (a decay of 1 is 4096); clamp it first."
            )
        arrays.append(array)
    return arrays


def check_channels(name: str, values: Floats, channels: int) -> Floats:
    """One value or one per channel, as a flat float32 array."""
    array = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
    if array.size not in (1, channels):
        raise ValueError(
            f"{name} has {array.size} values, needs 1 or one for each of the "
            f"{channels} channels."
        )
    return array


def spread(state: Floats | float, shape: tuple[int, ...]) -> Floats:
    """A state of shape (N, C, S); one value stands for all."""
    array = np.asarray(state, dtype=np.float32, order="C")
    if array.size == 1:
        return np.full(shape, array.reshape(()), dtype=np.float32)
    if array.shape != shape:
        raise ValueError(f"a state has shape {array.shape}, needs {shape} or 1 value.")
    return array


def empty(shape: tuple[int, ...], count: int) -> list[Floats]:
    """Arrays that are not cleared, large ones in memory kept from earlier ones."""
    if math.prod(shape) < _KEPT_FROM:
        return list(map(np.empty, (shape,) * count, (np.float32,) * count))
    return list(map(_training.empty, (shape,) * count))
