"""Parameters of a neuron: one value, or a range from which channels draw theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.spec.schema import items


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


def params_of(record: type[spec.Neuron]) -> Callable[..., dict[str, Any]]:
    """What makes a neuron's arguments of the parameters that its record declares."""
    fields = items(record).items()
    names = {f: item.name for f, (field, item) in fields if field.default is MISSING}

    def neuron_params(
        device_params: Mapping[str, Any], scale: int = 1 << 6, p_scale: int = 1 << 12
    ) -> dict[str, Any]:
        """Constructor arguments of the neuron with these parameters on the chip.

        Args:
            device_params: those of ``device_params`` that are numbers, by their names.
            scale: units of a weight per 1.0.
            p_scale: units of a decay per 1.0.
        """
        units = {f: p_scale if f.endswith("_decay") else scale for f in names}
        arguments = {f: device_value(device_params, names[f], units[f]) for f in names}
        return _with_rotation(**arguments) if record.is_complex else arguments

    return neuron_params


def _with_rotation(sin_decay: Any, cos_decay: Any, **others: Any) -> dict[str, Any]:
    """Period and decay in place of the chip's sine and cosine decays."""
    decay = 1 - np.sqrt(sin_decay**2 + cos_decay**2)
    period = 2 * np.pi / np.arctan2(sin_decay, cos_decay)
    return {"period": period, "decay": decay, **others}
