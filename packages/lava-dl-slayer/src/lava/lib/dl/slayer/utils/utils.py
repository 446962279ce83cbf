"""Small helpers: attribute dictionaries, static properties, masks, event rates."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["diagonal_mask", "dotdict", "event_rate", "staticproperty"]


class dotdict(dict[str, Any]):  # noqa: N801
    """A dictionary whose items are attributes, too; a missing one is None."""

    __getattr__ = dict.get
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__


class staticproperty(property):  # noqa: N801
    """A property of the class, computed by a function without arguments."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Calls the function."""
        compute: Any = self.fget  # Which property takes for a function of the object.
        return compute()


def diagonal_mask(dim: int, num_diagonals: int) -> Tensor:
    """A square matrix of ones on and around the diagonal, zeros elsewhere.

    Args:
        dim: Number of rows.
        num_diagonals: Number of diagonals of ones; an even number counts one more.

    Raises:
        ValueError: If there is no diagonal.
    """
    if num_diagonals < 1:
        raise ValueError(f"num_diagonals is {num_diagonals}; at least 1 is needed")
    index = torch.arange(dim)
    distance = (index[:, None] - index).abs()
    return (distance <= num_diagonals // 2).float()


def event_rate(x: Tensor) -> float:
    """Share of non-zero entries, the first time step left out if there are more.

    The first step of a layer with latency is empty.

    Args:
        x: Shape (..., T).
    """
    counted = x[..., 1:] if x.shape[-1] > 1 else x
    return (counted.abs() > 0).float().mean().item()
