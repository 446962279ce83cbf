"""Layers of torch that know no time, applied to every step."""

from __future__ import annotations

import torch
from torch import Tensor


class PerStep(torch.nn.Sequential):
    """Applies layers to each time step of (N, C, ..., T), such as before a neuron.

    Steps count as samples, so that a batch norm has one mean over batch and time::

        net = torch.nn.Sequential(
            slayer.PerStep(torch.nn.Conv2d(2, 8, 3), torch.nn.BatchNorm2d(8)),
            slayer.neuron.cuba.Neuron(1.25, current_decay=0.25, voltage_decay=0.03),
        )

    Args:
        layers: Modules that take (N, C, ...), one after the other.
    """

    def forward(self, input: Tensor) -> Tensor:
        """What the layers give for each step.

        Args:
            input: Shape (N, C, ..., T).

        Returns:
            Tensor of shape (N, ..., T), what lies between as the layers give it.

        Raises:
            ValueError: If the input has fewer than three axes.
        """
        if input.ndim < 3:
            raise ValueError(
                f"input has shape {tuple(input.shape)}, needs batch, channels and time"
            )
        steps = input.movedim(-1, 1)
        output = super().forward(steps.flatten(0, 1))
        return output.unflatten(0, steps.shape[:2]).movedim(1, -1)
