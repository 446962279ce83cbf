"""What losses of rates share: where the rates are taken, and how they are reduced."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.classifier import MovingWindow
from lava.lib.dl.slayer.loss._labels import check_classes, class_over_time
from lava.lib.dl.slayer.utils._masking import (
    check_reduction,
    masked,
    reduce,
    time_mean,
)


class RateLoss(torch.nn.Module):
    """A loss of rates, of the whole sample or in a moving window."""

    def __init__(self, moving_window: int | None, reduction: str) -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)
        self.window = None if moving_window is None else MovingWindow(moving_window)

    def _rates(
        self, input: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Rates (N, C) of all steps, or (N, C, T) with the mask that they still need.

        Args:
            input: spikes (N, ..., T).
            mask: shape (N, T), zero at time steps that don't count.
        """
        spike = input.reshape(input.shape[0], -1, input.shape[-1])
        if self.window is None:
            return time_mean(spike, mask), None
        return self.window.rate(masked(spike, mask)), mask


class ClassLoss(RateLoss):
    """A loss of rates against the class of each sample."""

    def forward(
        self, input: Tensor, label: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Loss of spikes against class indices.

        Args:
            input: shape (N, ..., T).
            label: int64 of shape (N,), with a window also (N, T).
            mask: shape (N, T), zero at time steps that don't count.

        Returns:
            The reduced loss.

        Raises:
            ValueError: if the label has another dtype or shape.
        """
        check_classes(label)
        rate, mask = self._rates(input, mask)
        if self.window is not None:
            label = class_over_time(label, rate.shape[-1])
        return reduce(self._losses(rate, label), mask, self.reduction)

    def _losses(self, rate: Tensor, label: Tensor) -> Tensor:
        """Those of all samples, of classes by the second axis of the rates."""
        raise NotImplementedError
