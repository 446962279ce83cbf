"""What norms with running statistics have in common."""

from __future__ import annotations

import torch

from lava.lib.dl.slayer._states import lasting, outside_transforms

__all__ = ["Running"]


class Running(torch.nn.Module):
    """A norm that remembers statistics of what it has seen.

    Args:
        num_features: number of channels; taken from the first input if None.
        momentum: weight of a new batch in the running statistics.

    Attributes:
        update: while False, the running statistics are used and not changed.
    """

    def __init__(self, num_features: int | None, momentum: float) -> None:
        super().__init__()
        self.num_features, self.momentum = num_features, momentum
        self.update = True

    @staticmethod
    def _check(inp: torch.Tensor) -> None:
        if inp.ndim < 2:
            raise ValueError(
                f"Expected input of shape [N, C, ..., T], got {inp.shape}."
            )

    def _learns_from(self, inp: torch.Tensor) -> bool:
        return self.training and self.update is True and inp.numel() > 0

    def _blend(self, running: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        blend = (1 - self.momentum) * running + self.momentum * new.detach()
        return outside_transforms(lasting(blend))
