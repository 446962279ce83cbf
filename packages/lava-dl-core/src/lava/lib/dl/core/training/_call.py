"""Checks arguments and hands them to a compiled kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.core import _training

Floats: TypeAlias = NDArray[np.float32]
Named: TypeAlias = Mapping[str, "Floats | None"]
Outputs: TypeAlias = "Sequence[Floats | None] | None"

_KEPT_FROM = 4 << 20  # bytes; the allocator keeps smaller blocks itself

# A factor, be it decay or 4096 - decay, must stay within the 14 bits an int64 product
# has room for.
DECAY_RANGE = (-4096, 8192)


class Settings(_training.Settings):
    """Scalars of a call by the names of `_training.settings`, and instruction set."""

    def __init__(self, *, simd: str = "", **named: float) -> None:
        super().__init__(**named)
        self.simd = simd


def check_array(name: str, array: Floats, shape: tuple[int, ...]) -> None:
    """Raises unless the array is float32, C-contiguous and of this shape."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} is a {type(array).__name__}, needs a numpy array.")
    if array.dtype != np.float32:
        raise TypeError(f"{name} is {array.dtype}, needs float32; use astype.")
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, needs {shape}.")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} is not contiguous; use numpy.ascontiguousarray.")


def check_input(name: str, array: Floats) -> tuple[int, int, int, int]:
    """The shape (N, C, S, T) of an input, checked."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} is a {type(array).__name__}, needs a numpy array.")
    if array.ndim != 4:
        raise ValueError(
            f"{name} has {array.ndim} dimensions, needs 4: (N, C, S, T); reshape it."
        )
    check_array(name, array, array.shape)
    batch, channels, inner, steps = array.shape
    return batch, channels, inner, steps


def check_decays(
    names: Sequence[str], decays: Sequence[Floats], channels: int
) -> list[Floats]:
    """Decays of one value or one per channel, in the range the arithmetic is exact."""
    return [
        check_decay(name, decay, channels)
        for name, decay in zip(names, decays, strict=True)
    ]


def check_decay(name: str, decay: Floats, channels: int) -> Floats:
    """One decay, as `check_decays`."""
    array = check_channels(f"{name} decay", decay, channels)
    low, high = DECAY_RANGE
    if array.size == 0:
        return array
    # Reductions of numpy take longer than a small kernel.
    least, most = (array[0],) * 2 if array.size == 1 else (array.min(), array.max())
    if not (low <= least and most <= high):
        raise ValueError(
            f"{name} decay holds {least} to {most}, needs values from "
            f"{low} to {high} (a decay of 1 is 4096); clamp it first."
        )
    return array


def check_channels(name: str, values: Floats, channels: int) -> Floats:
    """One value or one per channel, as a flat float32 array."""
    array = np.ascontiguousarray(values, dtype=np.float32).reshape(-1)
    if array.size not in (1, channels):
        raise ValueError(
            f"{name} has {array.size} values, needs 1 or one for each of the "
            f"{channels} channels."
        )
    return array


def check_scale(scale: float) -> float:
    """A positive finite scale."""
    if not 0 < scale < float("inf"):
        raise ValueError(f"scale is {scale}, needs a positive number such as 4096.")
    return float(scale)


def check_surrogate(tau: float) -> float:
    """A surrogate width that can be divided by."""
    if not tau > 0:
        raise ValueError(
            f"tau is {tau}, needs a positive number: a threshold that quantises to "
            "zero makes it 0; use at least one step of the weight scale."
        )
    return float(tau)


def spread(name: str, state: Floats | float, shape: tuple[int, ...]) -> Floats:
    """A state of shape (N, C, S); one value stands for all."""
    array = np.asarray(state, dtype=np.float32, order="C")
    if array.size == 1:
        return np.full(shape, array.reshape(()), dtype=np.float32)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, needs {shape} or one value.")
    return array


def empty(shape: tuple[int, ...]) -> Floats:
    """An array that is not cleared, a large one in memory kept from earlier ones."""
    large = math.prod(shape) * 4 >= _KEPT_FROM
    return _training.empty(shape) if large else np.empty(shape, np.float32)


def allocate(
    names: Sequence[str], given: Outputs, wanted: Sequence[bool], shape: tuple[int, ...]
) -> list[Floats | None]:
    """Output arrays: the caller's where given, fresh ones where wanted."""
    if given is None:
        return [empty(shape) if want else None for want in wanted]
    if len(given) != len(names):
        raise ValueError(f"out has {len(given)} arrays, needs {len(names)}: {names}.")
    for name, array in zip(names, given, strict=True):
        if array is not None:
            check_array(f"out {name}", array, shape)
    return list(given)


def launch(
    name: str,
    shape: tuple[int, int, int, int],
    inputs: Named,
    outputs: Sequence[Floats | None],
    *,
    decays: Sequence[Floats] = (),
    states: Named | None = None,
    last: Sequence[Floats | None] = (),
    decay_gradients: Sequence[Floats | None] = (),
    taps: Floats | None = None,
    settings: Settings,
) -> None:
    """Checks the arrays' shapes and runs a kernel."""
    for role, array in inputs.items():
        if array is not None:
            check_array(role, array, shape)
    starts = [
        spread(role, s, shape[:-1])
        for role, s in (states or {}).items()
        if s is not None
    ]
    _training.run(
        name,
        shape,
        list(inputs.values()),
        outputs,
        decays,
        starts,
        last,
        decay_gradients,
        settings,
        taps,
        settings.simd,
    )
