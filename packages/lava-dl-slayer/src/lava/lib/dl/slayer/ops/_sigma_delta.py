"""Sigma, delta and the sigma-delta neuron as operators."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import sigma_delta as plain
from lava.lib.dl.slayer._settings import DeltaSettings, Numbers
from lava.lib.dl.slayer.ops._kernel import Kernel, Plain

_DELTA_STATES = ("pre_state", "residual_state", "error_state")


def _no_settings(numbers: Numbers, forward: bool) -> training.Settings:
    return training.Settings()


@lru_cache(maxsize=256)
def _settings(numbers: Any, forward: bool) -> training.Settings:
    return training.delta_settings(*numbers)


def _delta(name: str, parameters: tuple[str, ...], states: tuple[str, ...]) -> Kernel:
    neuron: Any = getattr(plain, name)
    return Kernel(
        name,
        (("input",), parameters, states, ("output",)),
        _settings,
        Plain(neuron, getattr(plain, f"{name}_backward")),
        learned=len(parameters),
        numbers=DeltaSettings,
        carried=len(parameters),  # what was sent last, and the sum
    )


SIGMA = Kernel(
    "sigma",
    (("input",), (), ("state",), ("output",)),
    _no_settings,
    Plain(plain.sigma, plain.sigma_backward),
    numbers=Numbers,
    carried=1,
)
"""The running sum over time."""
DELTA = _delta("delta", ("threshold",), _DELTA_STATES)
"""Changes of the input where they reach a threshold, 0 elsewhere."""
SIGMA_DELTA = _delta(
    "sigma_delta", ("threshold", "bias"), ("sigma_state", *_DELTA_STATES)
)
"""Running sum, bias, ReLU, and the changes of that: the whole neuron in one pass."""
