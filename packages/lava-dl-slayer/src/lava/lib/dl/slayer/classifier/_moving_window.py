"""The class whose neuron spiked most in the last time steps."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.classifier._confidence import confidence
from lava.lib.dl.slayer.utils.filter import FIR


class MovingWindow(torch.nn.Module):
    """Classifies at every time step by the rates in a causal window.

    Args:
        time_window: length of the window in time steps. In the first steps the rate
            is still the number of spikes over the window's length.
        mode: default mode of ``confidence``.
        eps: added to the sum of rates.

    Raises:
        ValueError: if the window has no time step.
    """

    def __init__(
        self, time_window: int, mode: str = "probability", eps: float = 1e-6
    ) -> None:
        super().__init__()
        if time_window < 1:
            raise ValueError(f"time_window must be 1 or more steps, got {time_window}")
        self.time_window = time_window
        self.mode = mode
        self.eps = eps
        self.filter = FIR(fir_response=[1 / time_window] * time_window)

    def forward(self, spike: Tensor) -> Tensor:
        """Predicted class of each sample and step; see ``predict``."""
        return self.predict(spike)

    def rate(self, spike: Tensor) -> Tensor:
        """Moving average of a tensor (N, ..., T), of the same shape."""
        return self.filter(spike)

    def confidence(self, spike: Tensor, mode: str | None = None) -> Tensor:
        """Confidence of each class at each step.

        Args:
            spike: shape (N, ..., T).
            mode: as in ``Rate.confidence``; None for the default of this object.

        Returns:
            Tensor of shape (N, classes, T).

        Raises:
            ValueError: if the mode is unknown.
        """
        rate = self.rate(spike)
        rate = rate.reshape(rate.shape[0], -1, rate.shape[-1])
        return confidence(rate, self.mode if mode is None else mode, self.eps)

    def predict(self, spike: Tensor) -> Tensor:
        """Class of the largest rate at each step; int64 of shape (N, T)."""
        rate = self.rate(spike)
        return rate.reshape(rate.shape[0], -1, rate.shape[-1]).argmax(dim=1)
