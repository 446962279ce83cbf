"""What norms with running statistics have in common."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from lava.lib.dl.slayer._states import lasting, outside_transforms


class Running(torch.nn.Module):
    """A norm that remembers statistics of what it has seen.

    Args:
        num_features: number of channels; taken from the first input if None.
        momentum: weight of a new batch in the running statistics.

    Attributes:
        update: while False, the running statistics are used and not changed.
    """

    _per_channel: ClassVar[tuple[str, ...]]

    def __init__(self, num_features: int | None, momentum: float) -> None:
        super().__init__()
        self.num_features, self.momentum = num_features, momentum
        self.update = True

    def fix_channels(self, channels: int) -> None:
        """Shapes what has a value per channel, as the first input would.

        Args:
            channels: number of channels.
        """
        if self.num_features is None:
            self.num_features = channels
            for each in (getattr(self, name) for name in self._per_channel):
                each.data = lasting(each.detach().expand(channels).clone())

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Takes values per channel, and those of a module that never ran."""
        for name in self._per_channel:
            saved, own = state_dict.get(prefix + name), getattr(self, name)
            if saved is not None and saved.shape != own.shape:
                if saved.numel() == 1:
                    state_dict[prefix + name] = saved.expand(own.shape)
                elif own.numel() == 1:
                    own.data = own.new_zeros(saved.shape)
                    self.num_features = saved.numel()
        super()._load_from_state_dict(state_dict, prefix, *args)

    @staticmethod
    def _check(inp: Tensor) -> None:
        if inp.ndim < 2:
            raise ValueError(
                f"Expected input of shape [N, C, ..., T], got {inp.shape}."
            )

    def _learns_from(self, inp: Tensor) -> bool:
        return self.training and self.update is True and inp.numel() > 0

    def _blend(self, running: Tensor, new: Tensor) -> Tensor:
        blend = (1 - self.momentum) * running + self.momentum * new.detach()
        return outside_transforms(lasting(blend))
