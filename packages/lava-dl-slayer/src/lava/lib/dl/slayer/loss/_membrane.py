"""Cross-entropy of membranes that don't spike."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.loss._labels import check_classes
from lava.lib.dl.slayer.utils._masking import check_reduction, reduce
from lava.lib.dl.slayer.utils._over_time import check_over_time, reduced_over_time


class Membrane(torch.nn.Module):
    """Cross-entropy of each class's membrane, reduced over time.

    The maximum over time suits answers that come once (Cramer et al., 2022), the mean
    those that hold all along, the last step those that must wait for the whole sample.

    Args:
        over_time: 'max', 'mean' or 'last'.
        reduction: 'sum', 'mean' or 'none'.

    Raises:
        ValueError: if one of them is unknown.
    """

    def __init__(self, over_time: str = "max", reduction: str = "sum") -> None:
        super().__init__()
        self.over_time = check_over_time(over_time)
        self.reduction = check_reduction(reduction)

    def forward(
        self, input: Tensor, label: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Loss of membranes against class indices.

        Args:
            input: shape (N, ..., T).
            label: int64 of shape (N,).
            mask: shape (N, T), zero at time steps that don't count.

        Returns:
            The reduced loss.

        Raises:
            ValueError: if the label has another dtype or shape.
        """
        logits = reduced_over_time(input, self.over_time, mask)
        if check_classes(label).shape != input.shape[:1]:
            raise ValueError(
                f"label must be of shape ({input.shape[0]},), got {tuple(label.shape)}"
            )
        losses = F.cross_entropy(logits, label, reduction="none")
        return reduce(losses, None, self.reduction)
