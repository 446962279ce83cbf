"""Penalty on layers that spike more than wanted."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.utils._masking import time_mean


class SparsityEnforcer:
    r"""Collects :math:`\lambda \sum_l \max(r_l - r_{max}, 0)^2` over layers.

    :math:`r_l` is the mean magnitude of a layer's events.

    Args:
        max_rate: mean rate that costs nothing.
        lam: weight of the penalty.
    """

    def __init__(self, max_rate: float = 0.01, lam: float = 1.0) -> None:
        self.max_rate = max_rate
        self.lam = lam
        self.loss_list: list[Tensor] = []

    def append(self, x: Tensor, mask: Tensor | None = None) -> None:
        """Adds a layer's output (N, ..., T), of which the mask (N, T) counts."""
        rate = time_mean(x.abs(), mask).mean()
        self.loss_list.append(torch.relu(rate - self.max_rate) ** 2)

    @property
    def loss(self) -> Tensor | float:
        """The penalty; 0.0 while no layer was added."""
        return self.lam * sum(self.loss_list)

    def clear(self) -> None:
        """Forgets the layers, to be called after each step."""
        self.loss_list = []
