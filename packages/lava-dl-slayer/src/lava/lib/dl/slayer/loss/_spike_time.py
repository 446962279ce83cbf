"""Distance of spike trains after low-pass filtering."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl.slayer.utils._masking import check_reduction, masked, reduce
from lava.lib.dl.slayer.utils.filter import FIR


class SpikeTime(torch.nn.Module):
    r"""Van Rossum distance :math:`\sum (h * s - h * \hat s)^2`.

    :math:`h` is an exponential, convolved with itself ``filter_order - 1`` times
    (van Rossum, A novel spike distance, 2001).

    Args:
        time_constant: of the exponential, in time steps.
        length: of the filter, in time steps.
        filter_order: number of exponentials in series.
        reduction: 'sum', 'mean' or 'none'.

    Raises:
        ValueError: if the reduction is unknown.
    """

    def __init__(
        self,
        time_constant: float = 5,
        length: int = 100,
        filter_order: int = 1,
        reduction: str = "sum",
    ) -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)
        self.filter = FIR(time_constant=time_constant, length=length)
        if filter_order > 1:
            self.filter.filter = _in_series(self.filter.filter, filter_order)

    def forward(
        self, input: Tensor, desired: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Distance of two spike trains.

        Args:
            input: shape (N, ..., T).
            desired: the same shape.
            mask: shape (N, T), zero at time steps that don't count.

        Returns:
            The reduced loss.

        Raises:
            ValueError: if the shapes differ.
        """
        if input.shape != desired.shape:
            raise ValueError(
                f"desired must have the input's shape {tuple(input.shape)}, "
                f"got {tuple(desired.shape)}"
            )
        error = self.filter(masked(input, mask)) - self.filter(masked(desired, mask))
        return reduce(error.square(), mask, self.reduction)


def _in_series(response: Tensor, order: int) -> Tensor:
    once = response.flatten().cpu().numpy()
    total = once
    for _ in range(order - 1):
        total = np.convolve(total, once)[: len(once)]
    return torch.from_numpy(total.astype(once.dtype)).reshape(1, -1).to(response)
