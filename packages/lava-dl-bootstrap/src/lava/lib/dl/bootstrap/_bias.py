"""Biases that learn, in the place that a block's file has for a norm's mean."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.bootstrap.block import cuba
from lava.lib.dl.bootstrap.routine import Mode
from lava.lib.dl.slayer.utils.quantize import quantize


class Bias(torch.nn.Module):
    """Adds a learnable offset to every channel, as multiples of 1 / scale.

    Args:
        values: the offsets, shape (C,).
        scale: units of a weight per 1.0.
    """

    def __init__(self, values: Tensor, scale: int) -> None:
        super().__init__()
        self.offset = torch.nn.Parameter(values.detach().clone())
        self.scale = scale

    @property
    def _whole(self) -> Tensor:
        return quantize(self.offset, step=1 / self.scale)

    @property
    def bias(self) -> Tensor:
        """The offsets as integers."""
        return self._whole * self.scale

    def forward(self, x: Tensor) -> Tensor:
        """Drive of shape (N, C, ..., T) with the offsets added."""
        return x + self._whole.reshape(1, -1, *[1] * (x.ndim - 2))


class Output(cuba.Affine):  # type: ignore[misc]
    """An affine read-out with a bias; its neuron forgets at once and never spikes."""

    def forward(self, x: Tensor, mode: Mode = Mode.ANN) -> Tensor:
        """Weighted sum and bias, shape (N, out, T); the mode has no effect."""
        return self.neuron.norm(super().forward(x, mode))
