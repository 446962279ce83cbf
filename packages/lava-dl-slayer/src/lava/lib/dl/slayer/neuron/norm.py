"""Batch normalisations a chip can hold: a mean as bias, a power of two as scale."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from lava.lib.dl.slayer._states import lasting, outside_transforms
from lava.lib.dl.slayer.neuron._batch_norm import BatchNorm
from lava.lib.dl.slayer.neuron._running import Running

__all__ = ["BatchNorm", "MeanOnlyBatchNorm", "WgtScaleBatchNorm"]

Hook = Callable[..., Tensor]


def _unchanged(x: Tensor, descale: bool = False) -> Tensor:
    return x


class MeanOnlyBatchNorm(Running):
    r"""Subtracts the mean of every channel: :math:`y = x - hook(\mu_c)`.

    Args:
        num_features: number of channels; taken from the first input if None.
        momentum: weight of a new batch in the running mean.
        pre_hook_fx: quantisation of the mean; a neuron puts its own here.

    Attributes:
        update: while False, the running statistics are used and not changed.
    """

    running_mean: Tensor
    _per_channel = ("running_mean",)

    def __init__(
        self,
        num_features: int | None = None,
        momentum: float = 0.1,
        pre_hook_fx: Hook | None = None,
    ) -> None:
        super().__init__(num_features, momentum)
        self.pre_hook_fx: Hook = _unchanged if pre_hook_fx is None else pre_hook_fx
        self.register_buffer("running_mean", torch.zeros(num_features or 1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Forgets the running statistics."""
        self.running_mean.zero_()

    @property
    def bias(self) -> Tensor:
        """What the mean adds to a channel, in the hook's integer units."""
        return -self.pre_hook_fx(self.running_mean, descale=True)

    def forward(self, inp: Tensor) -> Tensor:
        """Normalises a tensor of shape (N, C, ..., T)."""
        mean = self._mean(inp)
        return inp - self.pre_hook_fx(mean.reshape(1, -1, *[1] * (inp.ndim - 2)))

    def _mean(self, inp: Tensor) -> Tensor:
        self._check(inp)
        if self.num_features is None:
            self.num_features = inp.shape[1]
        if not self._learns_from(inp):
            return self.running_mean
        mean = inp.mean(dim=[i for i in range(inp.ndim) if i != 1])
        self.running_mean = self._blend(self.running_mean, mean)
        return mean


class WgtScaleBatchNorm(MeanOnlyBatchNorm):
    r"""Also divides by a power of two, which the weights' exponent can hold.

    :math:`y = (x - hook(\mu_c)) / 2^{e}`, where e is
    :math:`\lceil \log_2 \sqrt{\sigma^2 + \epsilon} \rceil` clamped to
    ``weight_exp_bits``, with one variance for the whole layer. No gradient passes
    through the scale.

    Args:
        num_features: number of channels; taken from the first input if None.
        momentum: weight of a new batch in the running statistics.
        weight_exp_bits: largest magnitude of the exponent.
        eps: added to the variance.
        pre_hook_fx: quantisation of the mean; a neuron puts its own here.
    """

    running_var: Tensor

    def __init__(
        self,
        num_features: int | None = None,
        momentum: float = 0.1,
        weight_exp_bits: int = 3,
        eps: float = 1e-5,
        pre_hook_fx: Hook | None = None,
    ) -> None:
        super().__init__(num_features, momentum, pre_hook_fx)
        self.weight_exp_bits = weight_exp_bits
        self.eps = eps
        self.register_buffer("running_var", torch.zeros(1))

    def reset_parameters(self) -> None:
        """Forgets the running statistics."""
        super().reset_parameters()
        if hasattr(self, "running_var"):
            self.running_var.zero_()

    @property
    def weight_exp(self) -> Tensor:
        """Exponent of the scale that the running variance gives, shape (1,)."""
        return self._exponent(self.running_var)

    def forward(self, inp: Tensor) -> Tensor:
        """Normalises a tensor of shape (N, C, ..., T)."""
        centred = super().forward(inp)
        return centred / torch.exp2(self._exponent(self._variance(inp)))

    def _exponent(self, variance: Tensor) -> Tensor:
        exponent = torch.ceil(torch.log2(torch.sqrt(variance + self.eps)))
        return torch.clamp(exponent, -self.weight_exp_bits, self.weight_exp_bits)

    @torch.no_grad()
    def _variance(self, inp: Tensor) -> Tensor:
        if not self._learns_from(inp):
            return self.running_var
        variance = inp.var(unbiased=False).reshape(1)
        count = inp.numel() // inp.shape[1]
        unbiased = self.momentum * variance * count / (count + 1)
        running = (1 - self.momentum) * self.running_var + unbiased
        self.running_var = outside_transforms(lasting(running))
        return variance
