"""Finite impulse response filters as modules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl.slayer.utils.filter.conv import conv

__all__ = ["FIR", "FIRBank"]


class FIR(torch.nn.Module):
    """A fixed filter.

    Args:
        fir_response: impulse response; an exponential decay if None.
        time_constant: of the exponential decay, in steps.
        length: of the exponential decay, in steps.
        sampling_time: length of a time step.
    """

    filter: Tensor

    def __init__(
        self,
        fir_response: Sequence[float] | NDArray[np.float64] | None = None,
        time_constant: float = 1,
        length: int = 20,
        sampling_time: float = 1,
    ) -> None:
        super().__init__()
        if fir_response is None:
            fir_response = np.exp(-np.arange(length) / time_constant)
        response = torch.as_tensor(np.asarray(fir_response), dtype=torch.float32)
        self.register_buffer("filter", response)
        self.sampling_time = sampling_time

    def forward(self, input: Tensor) -> Tensor:
        """Filters a tensor whose last axis is time."""
        return conv(input, self.filter, self.sampling_time)


class FIRBank(torch.nn.Conv3d):
    """Several learned filters, each applied to every channel.

    Args:
        num_filter: number of filters.
        filter_length: their length in time.
        sampling_time: length of a time step.
        scale: factor of the initial weights.
    """

    def __init__(
        self,
        num_filter: int,
        filter_length: float,
        sampling_time: float = 1,
        scale: float = 1,
    ) -> None:
        taps = int(filter_length / sampling_time)
        super().__init__(1, num_filter, (1, 1, taps), bias=False)
        self.sampling_time = sampling_time
        if scale != 1:
            self.weight.data *= scale

    @property
    def num_filter(self) -> int:
        """Number of filters."""
        return self.out_channels

    @property
    def filter_length(self) -> int:
        """Number of taps of each filter."""
        return self.kernel_size[-1]

    @property
    def impulse_response(self) -> NDArray[np.float32]:
        """Impulse responses, shape (num_filter, filter_length)."""
        taps = self.weight.detach().cpu().numpy().reshape(self.num_filter, -1)
        return np.flip(taps, axis=-1)

    def forward(self, input: Tensor) -> Tensor:
        """Filters a tensor of shape (N, C, ..., T) to (N, num_filter C, ..., T)."""
        batch, channels, *rest = input.shape
        flat = input.reshape(batch, 1, -1, 1, input.shape[-1])
        padded = torch.nn.functional.pad(flat, (self.filter_length - 1, 0))
        filtered = super().forward(padded) * self.sampling_time
        return filtered.reshape(batch, self.num_filter * channels, *rest)
