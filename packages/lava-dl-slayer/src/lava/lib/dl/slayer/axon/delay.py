"""Axonal delays: fixed, or learned for each channel."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer._settings import ShiftSettings
from lava.lib.dl.slayer._shapes import check_axes
from lava.lib.dl.slayer._shift import shift
from lava.lib.dl.slayer._states import lasting
from lava.lib.dl.slayer._tracing import exporting

__all__ = ["Delay", "delay"]


def delay(
    input: Tensor, delay_val: float | Tensor = 1, sampling_time: float = 1
) -> Tensor:
    """Delays a signal; the delay gets no gradient.

    Args:
        input: shape (N, C, ..., T).
        delay_val: one delay, or a tensor of one per spatial element.
        sampling_time: length of a time step.

    Returns:
        Tensor of the input's shape and dtype.
    """
    return shift(input, delay_val, sampling_time)


def _distributed() -> bool:
    """Whether this is a forward pass of DistributedDataParallel."""
    if not torch.distributed.is_available():
        return False
    kind = torch.nn.parallel.DistributedDataParallel
    return getattr(kind, "_active_ddp_module", None) is not None


@fusable
class Delay(torch.nn.Module):
    r"""Delays every channel by a learned time: :math:`y_t = x_{t - \lfloor d \rfloor}`.

    The gradient of a delay is the sum of the output's gradient times
    :math:`y_{t-1} - y_t` (Shrestha and Orchard, SLAYER, 2018).

    Args:
        sampling_time: length of a time step.
        max_delay: largest delay; unlimited if None.
        grad_scale: factor of the delay's gradient.

    Attributes:
        init: whether channels have their delays, which the first input draws from
            0 to 1 or a state dict brings.
    """

    def __init__(
        self,
        sampling_time: float = 1,
        max_delay: float | None = None,
        grad_scale: float = 1,
    ) -> None:
        super().__init__()
        self.sampling_time = sampling_time
        self.max_delay = max_delay
        self.grad_scale = grad_scale
        self.delay = torch.nn.Parameter(torch.zeros(1))
        self.init = False

    def extra_repr(self) -> str:
        """Channels and longest delay, for ``repr``."""
        channels = self.delay.numel() if self.init else None
        return f"channels={channels}, max_delay={self.max_delay}"

    def fix_channels(self, channels: int) -> None:
        """Draws a delay for each channel from 0 to 1, as the first input would.

        Args:
            channels: number of channels.

        Raises:
            RuntimeError: inside DistributedDataParallel, whose processes would draw
                different delays.
        """
        if self.init:
            return
        if _distributed():
            raise RuntimeError(
                "the learnt delays have no shape yet, which DistributedDataParallel "
                "needs; call materialise(input_shape) on the block before wrapping it"
            )
        self.delay.data = lasting(torch.rand(channels, device=self.delay.device))
        self.init = True

    @property
    def shape(self) -> torch.Size | None:
        """Shape of the delays, None before they are drawn."""
        return self.delay.shape if self.init else None

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes; delays that aren't drawn yet will differ."""
        if not self.init:
            warnings.warn(
                "the learnt delays have no shape yet: a copy will draw its own, and an "
                "averaged model can't take them; call materialise(input_shape) on the "
                "block (fix_channels on a Delay) before copying it",
                stacklevel=2,
            )
        return self.__dict__

    def clamp(self) -> None:
        """Limits the delays to 0 to ``max_delay``."""
        if self.init and not exporting():
            self.delay.data.clamp_(0, self.max_delay)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Takes delays per channel, and leaves out those that were never drawn."""
        name = prefix + "delay"
        saved = state_dict.get(name)
        if saved is not None and saved.shape != self.delay.shape:
            # Delays that were never drawn are one zero.
            if saved.numel() == 1 and not saved.any():
                state_dict[name] = self.delay.detach()
            elif not self.init:
                self.delay.data = self.delay.data.new_empty(saved.shape)
        self.init = self.init or (saved is not None and bool(saved.any()))
        super()._load_from_state_dict(state_dict, prefix, *args)

    def forward(self, input: Tensor) -> Tensor:
        """Delays an input of shape (N, C, ..., T).

        Raises:
            AssertionError: if it has fewer than 3 dimensions or other channels.
        """
        check_axes(input.shape)
        delays = self.ready(input.shape)
        settings = ShiftSettings(float(self.sampling_time))
        (delayed,) = ops.DELAY((input.float(), delays), settings)
        return delayed.to(input.dtype)

    def ready(self, shape: Sequence[int]) -> Tensor:
        """The delays that an input of this shape gets, drawn if none are known.

        Raises:
            AssertionError: if it has other channels.
        """
        self.fix_channels(shape[1])
        self.clamp()
        if self.delay.shape[0] != shape[1]:
            raise AssertionError(
                f"Delay has {self.delay.shape[0]} channels, the input has "
                f"{shape[1]}: {tuple(shape)}."
            )
        return self._scaled()

    def _scaled(self) -> Tensor:
        """The delays, their gradient times ``grad_scale``."""
        if self.grad_scale == 1:
            return self.delay
        fixed = self.delay.detach()
        return fixed + self.grad_scale * (self.delay - fixed)
