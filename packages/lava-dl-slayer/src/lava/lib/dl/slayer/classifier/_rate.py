"""The class whose neuron spikes most."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.classifier._confidence import confidence


class Rate(torch.nn.Module):
    """Classifies by the mean rate of each output neuron.

    All but ``forward`` are static, so that ``Rate.predict`` is a function.

    >>> import torch
    >>> spikes = torch.tensor([[[0.0, 1, 0], [1, 1, 0], [0, 0, 0]]])
    >>> Rate.predict(spikes).item()
    1
    """

    def forward(self, spike: Tensor) -> Tensor:
        """Predicted class of each sample; see ``predict``."""
        return Rate.predict(spike)

    @staticmethod
    def rate(spike: Tensor) -> Tensor:
        """Mean over time of a tensor (N, ..., T)."""
        return spike.mean(dim=-1)

    @staticmethod
    def confidence(
        spike: Tensor, mode: str = "probability", eps: float = 1e-6
    ) -> Tensor:
        """Confidence of each class.

        Args:
            spike: shape (N, ..., T).
            mode: 'probability' (rate over sum of rates), 'softmax' or 'logsoftmax'.
            eps: added to the sum of rates.

        Returns:
            Tensor of shape (N, classes).

        Raises:
            ValueError: if the mode is none of these.
        """
        rate = Rate.rate(spike)
        return confidence(rate.reshape(rate.shape[0], -1), mode, eps)

    @staticmethod
    def predict(spike: Tensor) -> Tensor:
        """Class of the largest rate, the first of equals; int64 of shape (N,)."""
        rate = Rate.rate(spike)
        return rate.reshape(rate.shape[0], -1).argmax(dim=1)
