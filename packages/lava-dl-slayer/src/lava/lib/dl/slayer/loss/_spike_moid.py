"""Binary cross entropy of each neuron, for samples of several classes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.loss._rates import RateLoss
from lava.lib.dl.slayer.utils._masking import reduce


class SpikeMoid(RateLoss):
    r"""Binary cross entropy of :math:`p = \sigma((r - \theta) / \alpha)`.

    Args:
        moving_window: length in time steps of the window in which the rate is taken;
            None for the whole sample.
        reduction: 'sum', 'mean' or 'none'.
        alpha: width of the sigmoid.
        theta: rate of probability one half.

    Raises:
        ValueError: if the reduction is unknown.
    """

    def __init__(
        self,
        moving_window: int | None = None,
        reduction: str = "sum",
        alpha: float = 1,
        theta: float = 0,
    ) -> None:
        super().__init__(moving_window, reduction)
        self.alpha = alpha
        self.theta = theta

    def forward(
        self, input: Tensor, label: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Loss of spikes against the wanted probabilities.

        Args:
            input: shape (N, ..., T).
            label: floats 0 to 1 of shape (N, classes), with a window also
                (N, classes, T).
            mask: shape (N, T), zero at time steps that don't count.

        Returns:
            The reduced loss.

        Raises:
            ValueError: if the label has another shape.
        """
        rate, mask = self._rates(input, mask)
        if self.window is not None:
            label = label[..., None] if label.ndim == 2 else label
            label = label.expand(*label.shape[:2], rate.shape[-1])
        if label.numel() != rate.numel():
            raise ValueError(
                f"label must be of shape {tuple(rate.shape)}, got {tuple(label.shape)}"
            )
        probability = torch.sigmoid((rate - self.theta) / self.alpha)
        label = label.reshape(rate.shape).to(probability)
        losses = F.binary_cross_entropy(probability, label, reduction="none")
        return reduce(losses, mask, self.reduction)
