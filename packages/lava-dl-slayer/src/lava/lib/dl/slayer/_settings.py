"""The numbers of a kernel that are the same for all channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from torch import Tensor

Surrogate: TypeAlias = int | Callable[[Tensor], Tensor]
"""A shape of the kernels by its place, or a function that plain torch calls."""


class Numbers(NamedTuple):
    """No numbers."""


class Settings(NamedTuple):
    """Numbers of a neuron.

    Attributes:
        scale: units of a state per 1.0.
        threshold: level of the reset and the spike; negative never resets.
        threshold_step: growth of an adaptive threshold at a spike.
        tau: width of the surrogate derivative, the neuron's multiplier included.
        surrogate_scale: height of the surrogate derivative, likewise.
        graded: spikes carry the value that fired.
        exact: the gradient includes the reset's contribution.
        latency: steps by which the spikes are delayed.
        surrogate: shape of the surrogate derivative.
    """

    scale: float
    threshold: float = -1.0
    threshold_step: float = 0.0
    tau: float = 1.0
    surrogate_scale: float = 1.0
    graded: bool = False
    exact: bool = False
    latency: int = 0
    surrogate: Surrogate = 0


class SpikeSettings(NamedTuple):
    """Numbers of a spike function.

    Attributes:
        tau: width of the surrogate derivative.
        surrogate_scale: height of it.
        graded: spikes carry the value that fired.
        scale: divisor of graded spikes.
        surrogate: shape of the surrogate derivative.
    """

    tau: float = 1.0
    surrogate_scale: float = 1.0
    graded: bool = False
    scale: float = 1.0
    surrogate: Surrogate = 0

    @property
    def slope(self) -> tuple[float, float, bool, Surrogate]:
        """What its derivative takes."""
        return self.tau, self.surrogate_scale, self.graded, self.surrogate


class DeltaSettings(NamedTuple):
    """Numbers of a delta encoder.

    Attributes:
        scale: what is sent is floored to multiples of 1 / scale.
        tau: width of the threshold's surrogate gradient.
        surrogate_scale: height of it.
        cumulative: judge the sum of changes instead of each.
        rectified: a ReLU comes before (whole sigma-delta neurons only).
        surrogate: shape of the threshold's surrogate gradient.
    """

    scale: float
    tau: float = 1.0
    surrogate_scale: float = 1.0
    cumulative: bool = False
    rectified: bool = False
    surrogate: Surrogate = 0


class ShiftSettings(NamedTuple):
    """Unit of time of a delay or a filter, and a filter's direction."""

    sampling_time: float = 1.0
    correlate: bool = False


def extended(name: str, numbers: Any, **more: Any) -> Any:
    """Numbers with more behind them, of the given types and without defaults."""
    return NamedTuple(name, [*numbers.__annotations__.items(), *more.items()])


_TYPES = {"Sequence[int]": "int[]", "Sequence[float]": "float[]", "Surrogate": "int"}


def schema_of(numbers: Any) -> Sequence[str]:
    """The fields of a named tuple as arguments of an operator's schema."""
    kinds = {
        name: getattr(kind, "__forward_arg__", None) or kind.__name__
        for name, kind in numbers.__annotations__.items()
    }
    return [f"{_TYPES.get(kind, kind)} {name}" for name, kind in kinds.items()]
