"""Distance of rates from those of the true and the false classes."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl.slayer.loss._rates import ClassLoss


class SpikeRate(ClassLoss):
    r"""Squared error of rates: :math:`\sum (r - \hat r)^2`.

    :math:`\hat r` is ``true_rate`` for the labelled class and ``false_rate`` for all
    others.

    Args:
        true_rate: rate of the right class, 0 to 1.
        false_rate: rate of the others, 0 to 1.
        moving_window: length in time steps of the window in which the rate is taken;
            None for the whole sample.
        reduction: 'sum', 'mean' or 'none'.

    Raises:
        AssertionError: if a rate isn't within 0 and 1.
        ValueError: if the reduction is unknown.

    >>> import torch
    >>> spikes = torch.zeros(1, 2, 10)  # sample, class, time
    >>> spikes[0, 1, ::2] = 1
    >>> error = SpikeRate(true_rate=0.5, false_rate=0.0)
    >>> error(spikes, torch.tensor([1])).item()
    0.0
    """

    def __init__(
        self,
        true_rate: float,
        false_rate: float,
        moving_window: int | None = None,
        reduction: str = "sum",
    ) -> None:
        super().__init__(moving_window, reduction)
        for name, rate in (("true_rate", true_rate), ("false_rate", false_rate)):
            if not 0 <= rate <= 1:
                raise AssertionError(f"{name} must be within 0 and 1, got {rate}")
        self.true_rate = true_rate
        self.false_rate = false_rate

    def _losses(self, rate: Tensor, label: Tensor) -> Tensor:
        target = self._target(label, rate.movedim(-1, 1)).movedim(1, -1)
        return (rate - target).square()

    def _target(self, label: Tensor, like: Tensor) -> Tensor:
        true = F.one_hot(label, like.shape[-1]).to(like)
        if true.shape != like.shape:
            raise ValueError(
                f"label must be of shape {tuple(like.shape[:-1])}, "
                f"got {tuple(label.shape)}"
            )
        return self.true_rate * true + self.false_rate * (1 - true)
