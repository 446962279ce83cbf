"""Negative log likelihood of the class by its rate."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.classifier._confidence import confidence
from lava.lib.dl.slayer.loss._rates import ClassLoss

EPS = 1e-6


class SpikeMax(ClassLoss):
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

    def _losses(self, rate: Tensor, label: Tensor) -> Tensor:
        return F.nll_loss(self._log_likelihood(rate), label, reduction="none")

    def _log_likelihood(self, rate: Tensor) -> Tensor:
        if self.mode != "probability":
            return torch.log_softmax(rate, dim=1)
        probability = confidence(rate, "probability", EPS)
        # A silent class has a finite loss, and a gradient that wakes it.
        lift = (EPS - probability).clamp(min=0).detach()
        return torch.log(probability + lift)
