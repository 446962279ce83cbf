r"""Sigma decoding: the running sum :math:`y_t = y_{t-1} + x_t`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer._shapes import spatial_shape
from lava.lib.dl.slayer._states import Stateful

__all__ = ["Sigma"]


@fusable
class Sigma(Stateful):
    """Accumulates its input over time, in double precision.

    Args:
        persistent_state: keep the sum from one call to the next.
    """

    pre_state: Tensor
    _states = ("pre_state",)

    def __init__(self, persistent_state: bool = False) -> None:
        super().__init__()
        self.persistent_state = persistent_state
        self.shape: torch.Size | None = None
        self._add_states()

    @property
    def device_params(self) -> dict[str, Any]:
        """The dendrite as the chip's parameters."""
        return {"type": "SDNN", "sigma_output": True}

    def _start(self, input: Tensor) -> Tensor:
        """The sum before the first step."""
        shape = spatial_shape(self.shape, input)
        if self.shape is None:
            self.shape = shape
        (state,) = self._start_states(input.shape[:-1])
        if self.persistent_state is True:
            return state
        return torch.zeros(1, device=input.device)

    def _keep(self, state: Tensor) -> None:
        if self.persistent_state is True:
            self.pre_state = self._kept(state)

    def forward(self, input: Tensor) -> Tensor:
        """Sums an input of shape (N, C, ..., T)."""
        state = self._start(input)
        total, last = ops.through(
            ops.SIGMA, (input.float(), state), (), self._by_kernel
        )
        self._keep(last)
        return total.to(input.dtype)
