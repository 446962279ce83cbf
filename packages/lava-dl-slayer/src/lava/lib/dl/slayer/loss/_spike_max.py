"""Negative log likelihood of the class by its rate."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.classifier._confidence import confidence
from lava.lib.dl.slayer.loss._labels import check_classes, class_over_time
from lava.lib.dl.slayer.loss._rates import RateLoss
from lava.lib.dl.slayer.utils._masking import reduce

EPS = 1e-6


class SpikeMax(RateLoss):
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
        super().__init__(moving_window, reduction)
        self.mode = mode

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
        losses = F.nll_loss(self._log_likelihood(rate), label, reduction="none")
        return reduce(losses, mask, self.reduction)

    def _log_likelihood(self, rate: Tensor) -> Tensor:
        if self.mode != "probability":
            return torch.log_softmax(rate, dim=1)
        probability = confidence(rate, "probability", EPS)
        # A silent class has a finite loss, and a gradient that wakes it.
        lift = (EPS - probability).clamp(min=0).detach()
        return torch.log(probability + lift)
