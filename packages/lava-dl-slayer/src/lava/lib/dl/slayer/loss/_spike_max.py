"""Negative log likelihood of the class by its rate."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.classifier import MovingWindow
from lava.lib.dl.slayer.classifier._confidence import confidence
from lava.lib.dl.slayer.loss._labels import check_classes, class_over_time
from lava.lib.dl.slayer.utils._masking import check_reduction, masked, reduce, time_mean

EPS = 1e-6


class SpikeMax(torch.nn.Module):
    r"""Negative log likelihood :math:`-\log p_{label}` (Shrestha et al., 2022).

    Args:
        moving_window: length in time steps of the window in which the rate is taken;
            None for the whole sample.
        mode: 'probability' for :math:`p_c = r_c / \sum r`, else softmax of the rates.
        reduction: 'sum', 'mean' or 'none'.

    Raises:
        ValueError: if the reduction is unknown.
    """

    def __init__(
        self,
        moving_window: int | None = None,
        mode: str = "probability",
        reduction: str = "sum",
    ) -> None:
        super().__init__()
        self.mode = mode
        self.reduction = check_reduction(reduction)
        self.window = None if moving_window is None else MovingWindow(moving_window)

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
        spike = input.reshape(input.shape[0], -1, input.shape[-1])
        if self.window is None:
            likelihood = self._log_likelihood(time_mean(spike, mask))
            mask = None
        else:
            likelihood = self._log_likelihood(self.window.rate(masked(spike, mask)))
            label = class_over_time(label, spike.shape[-1])
        losses = F.nll_loss(likelihood, label, reduction="none")
        return reduce(losses, mask, self.reduction)

    def _log_likelihood(self, rate: Tensor) -> Tensor:
        if self.mode != "probability":
            return torch.log_softmax(rate, dim=1)
        probability = confidence(rate, "probability", EPS)
        # A silent class has a finite loss, and a gradient that wakes it.
        lift = (EPS - probability).clamp(min=0).detach()
        return torch.log(probability + lift)
