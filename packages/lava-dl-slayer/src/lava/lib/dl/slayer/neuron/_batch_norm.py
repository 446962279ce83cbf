"""Batch normalisation through time, which an export folds into the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.neuron._running import Running


class BatchNorm(Running):
    r"""Normalises every channel over batch, space and time.

    :math:`y = \gamma_c (x - \mu_c) / \sqrt{\sigma_c^2 + \epsilon} + \beta_c` (Zheng et
    al., 2021). No chip has it: an export folds the factor into the weights and leaves a
    bias; ``slayer.block.fold_norms`` does so for good.

    Args:
        num_features: number of channels; taken from the first input if None.
        momentum: weight of a new batch in the running statistics.
        eps: added to the variance.
        gain: gamma at the start, such as the neuron's threshold.

    Attributes:
        update: while False, the running statistics are used and not changed.
    """

    running_mean: Tensor
    running_var: Tensor
    _per_channel = ("gamma", "beta", "running_mean", "running_var")

    def __init__(
        self,
        num_features: int | None = None,
        momentum: float = 0.1,
        eps: float = 1e-5,
        gain: float = 1.0,
    ) -> None:
        super().__init__(num_features, momentum)
        count = num_features or 1
        self.eps = eps
        self.gamma = torch.nn.Parameter(torch.full((count,), float(gain)))
        self.beta = torch.nn.Parameter(torch.zeros(count))
        self.register_buffer("running_mean", torch.zeros(count))
        self.register_buffer("running_var", torch.ones(count))

    def folded(self) -> tuple[Tensor, Tensor]:
        """Factor of each channel's weights, and what is subtracted after it."""
        factor = (self.gamma / torch.sqrt(self.running_var + self.eps)).detach()
        return factor, factor * self.running_mean - self.beta.detach()

    def forward(self, inp: Tensor) -> Tensor:
        """Normalises a tensor of shape (N, C, ..., T)."""
        self._check(inp)
        self.fix_channels(inp.shape[1])
        mean, variance = self.running_mean, self.running_var
        if self._learns_from(inp):
            axes = [i for i in range(inp.ndim) if i != 1]
            variance, mean = torch.var_mean(inp, axes, correction=0)
            self._remember(mean, variance, inp.numel() // inp.shape[1])
        factor = self.gamma / torch.sqrt(variance + self.eps)
        shift = self.beta - factor * mean
        ones = [1] * (inp.ndim - 2)
        return inp * factor.reshape(1, -1, *ones) + shift.reshape(1, -1, *ones)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        unbiased = variance * count / max(count - 1, 1)
        self.running_mean = self._blend(self.running_mean, mean)
        self.running_var = self._blend(self.running_var, unbiased)
