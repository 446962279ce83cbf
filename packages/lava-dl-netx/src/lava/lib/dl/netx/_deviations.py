"""Says where Lava will depart from what a network means, before it runs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.spec.lava import SIGMA_DELTA, STATE_LIMIT

WIDE_STATES = (
    "states beyond 24 bits: Lava wraps currents and clips states at 2^23, here up to "
    "{:.0f}; train with smaller weights, or a faster decay"
)
FRACTIONS = (
    "fractions of the input: Lava receives whole numbers; train on inputs that are "
    "whole in Lava's units"
)


class DeviationWarning(UserWarning):
    """Lava computes something else than the trainer."""


def warn(layers: Iterable[tuple[int, spec.Layer]], stacklevel: int) -> None:
    """Warn of each deviation once, with the indices of its layers."""
    indices_by_text: dict[str, list[int]] = {}
    for index, layer in layers:
        for deviation in spec.deviations(layer):
            indices_by_text.setdefault(str(deviation), []).append(index)
    for text, indices in indices_by_text.items():
        where = f"layer {', '.join(map(str, indices))}"
        warnings.warn(f"{where}: {text}", DeviationWarning, stacklevel + 1)


def wide_states(layer: spec.Layer, states: Mapping[str, npt.NDArray[Any]]) -> list[str]:
    """The deviation that states of the trainer's arithmetic are, if they are one."""
    if isinstance(getattr(layer, "neuron", None), SIGMA_DELTA):
        return []
    names = ("current", "voltage", "real", "imag")
    most = max([0.0, *(np.abs(states[n]).max(initial=0) for n in names if n in states)])
    return [WIDE_STATES.format(most)] if most >= STATE_LIMIT else []
