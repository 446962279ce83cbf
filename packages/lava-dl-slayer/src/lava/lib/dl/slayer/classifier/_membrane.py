"""The class whose membrane is highest."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.utils._over_time import check_over_time, reduced_over_time


class Membrane(torch.nn.Module):
    """Classifies by the membrane of read-outs that don't spike.

    Args:
        over_time: 'max', 'mean' or 'last', as in ``loss.Membrane``.

    Raises:
        ValueError: if it is another.
    """

    def __init__(self, over_time: str = "max") -> None:
        super().__init__()
        self.over_time = check_over_time(over_time)

    def forward(self, membrane: Tensor) -> Tensor:
        """Predicted class of each sample; see ``predict``."""
        return self.predict(membrane)

    def confidence(self, membrane: Tensor) -> Tensor:
        """Softmax over the classes of a tensor (N, ..., T), shape (N, classes)."""
        return reduced_over_time(membrane, self.over_time).softmax(dim=1)

    def predict(self, membrane: Tensor) -> Tensor:
        """Class of the highest membrane, the first of equals; int64 of shape (N,)."""
        return reduced_over_time(membrane, self.over_time).argmax(dim=1)
