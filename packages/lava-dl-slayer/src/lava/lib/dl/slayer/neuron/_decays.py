"""Parameters of a neuron: one value, or a range from which channels draw theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Range(NamedTuple):
    """Smallest and largest value that a channel may draw."""

    low: float
    high: float


def shared_value(label: str, name: str, value: Any) -> float:
    """The one value of all channels, checked to be a number."""
    if not np.isscalar(value):
        raise AssertionError(
            f"Expected {label} to be a scalar when shared_param is True. "
            f"Found {name}={value}."
        )
    return _number(label, value)


def _number(label: str, value: Any) -> Any:
    if value != value:
        raise ValueError(f"{label} is NaN, needs a number.")
    return value


def drawn_range(label: str, name: str, value: Any, spread: float) -> Range:
    """The range of a value that channels draw; a number spreads by a fraction."""
    if np.isscalar(value):
        middle = float(_number(label, value))
        return Range((1 - spread) * middle, (1 + spread) * middle)
    if len(value) != 2:
        raise AssertionError(
            f"Expected {label} to be of length 2 i.e. [min, max]. Found {name}={value}."
        )
    return Range(*(_number(label, limit) for limit in value))


def device_value(device_params: Mapping[str, Any], name: str, scale: float) -> Any:
    """A parameter of the chip in real units, also from an HDF5 group."""
    return np.asarray(device_params[name])[()] / scale
