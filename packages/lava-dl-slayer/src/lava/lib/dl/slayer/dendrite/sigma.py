r"""Sigma decoding: the running sum :math:`y_t = y_{t-1} + x_t`."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._shapes import spatial_shape

__all__ = ["Sigma"]


class Sigma(torch.nn.Module):
    """Accumulates its input over time, in double precision.

    Args:
        persistent_state: keep the sum from one call to the next.
    """

    pre_state: torch.Tensor

    def __init__(self, persistent_state: bool = False) -> None:
        super().__init__()
        self.persistent_state = persistent_state
        self.shape: torch.Size | None = None
        self.register_buffer("pre_state", torch.zeros(1), persistent=False)

    @property
    def device_params(self) -> dict[str, Any]:
        """The dendrite as the chip's parameters."""
        return {"type": "SDNN", "sigma_output": True}

    def _start(self, input: torch.Tensor) -> torch.Tensor:
        """The sum before the first step."""
        self.shape = spatial_shape(self.shape, input)
        if self.pre_state.shape[0] != input.shape[0]:
            self.pre_state = torch.zeros(input.shape[:-1], device=input.device)
        if self.persistent_state is True:
            return self.pre_state
        return torch.zeros(1, device=input.device)

    def _keep(self, state: torch.Tensor) -> None:
        if self.persistent_state is True:
            self.pre_state = state.detach()

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Sums an input of shape (N, C, ..., T)."""
        state = self._start(input)
        total, last = ops.SIGMA((input.float(), state))
        self._keep(last)
        return total.to(input.dtype)
