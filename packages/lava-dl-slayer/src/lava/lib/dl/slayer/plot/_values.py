"""What all pictures share: axes, values as arrays, and layers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl.slayer._optional import optional

Array: TypeAlias = NDArray[Any]
Values: TypeAlias = Tensor | Array
Layers: TypeAlias = Values | Sequence[Values] | Mapping[str, Values]


def pyplot() -> Any:
    """The module ``matplotlib.pyplot``, which slayer does without."""
    return optional("matplotlib.pyplot", "drawing needs matplotlib", "plot")


def axis_or_new(axis: Any) -> Any:
    """The axis, or the one of a new figure if it is None."""
    return pyplot().subplots(layout="constrained")[1] if axis is None else axis


def array(values: Values) -> Array:
    """Values as an array, whatever device they are on."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        # NumPy has no bfloat16.
        values = values.float() if values.is_floating_point() else values
    return np.asarray(values)


def with_axes(values: Values, name: str, *layouts: str) -> Array:
    """Values as an array, checked to have the axes of one of the layouts.

    Raises:
        ValueError: for any other number of axes.
    """
    whole = array(values)
    if whole.ndim not in [layout.count(",") + 1 for layout in layouts]:
        axes = " or ".join(f"({layout})" for layout in layouts)
        raise ValueError(f"{name} have shape {whole.shape}, need {axes}")
    return whole


def by_name(layers: Layers) -> dict[str, Values]:
    """Layers by name; a sequence is numbered, and one layer alone has no name."""
    if isinstance(layers, Mapping):
        return dict(layers)
    if isinstance(layers, Tensor | np.ndarray):
        return {"": layers}
    return {f"layer {i}": layer for i, layer in enumerate(layers)}


def legend(axis: Any, labels: Sequence[str]) -> None:
    """Shows a legend if anything has a label."""
    if any(labels):
        axis.legend()
