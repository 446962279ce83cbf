r"""Delta encoding: changes are sent once they reach a threshold.

.. math::
   \Delta_t = x_t - x_{t-1} + r_{t-1}, \quad
   y_t = \Delta_t [|\Delta_t| \ge \vartheta], \quad r_t = \Delta_t - y_t
"""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer._plain.surrogate import Shape, shape_number
from lava.lib.dl.slayer._quantize import MODE, quantize
from lava.lib.dl.slayer._settings import DeltaSettings
from lava.lib.dl.slayer._shapes import spatial_shape
from lava.lib.dl.slayer._states import Stateful, lasting
from lava.lib.dl.slayer._tracing import exporting

__all__ = ["Delta"]


@fusable
class Delta(Stateful):
    """Sends the changes of its input, floored to multiples of ``1 / scale``.

    Args:
        threshold: smallest change that is sent; kept at ``1 / scale`` or above, and at
            ``threshold_step`` or above.
        scale: units per 1.0 of what is sent.
        tau_grad: width of the threshold's surrogate gradient.
        scale_grad: height of it.
        cum_error: compare the sum of the changes since the last event with the
            threshold.
        shared_param: one threshold for all channels.
        persistent_state: keep input, residual and error from one call to the next.
        requires_grad: learn the threshold.
        threshold_step: compare with the multiple of this at or below the threshold,
            as a file holds it; its gradient is that of the threshold.
        surrogate: shape of the threshold's surrogate gradient, a name of
            :data:`~lava.lib.dl.slayer.neuron.SURROGATES` or a function of
            (change - threshold) / width.
    """

    surrogate: str | Shape = "exponential"
    pre_state: Tensor
    residual_state: Tensor
    error_state: Tensor
    _states = ("pre_state", "residual_state", "error_state")

    def __init__(
        self,
        threshold: float,
        scale: int = 1 << 6,
        tau_grad: float = 1,
        scale_grad: float = 1,
        cum_error: bool = False,
        shared_param: bool = True,
        persistent_state: bool = False,
        requires_grad: bool = False,
        threshold_step: float | None = None,
        surrogate: str | Shape = "exponential",
    ) -> None:
        super().__init__()
        shape_number(surrogate)
        self.surrogate = surrogate
        self.scale = scale
        self.tau_grad = tau_grad
        self.scale_grad = scale_grad
        self.cum_error = cum_error
        self.shared_param = shared_param
        self.persistent_state = persistent_state
        self.requires_grad = requires_grad
        self.threshold_step = threshold_step
        self.shape: torch.Size | None = None
        self.threshold = torch.nn.Parameter(
            torch.tensor([threshold], dtype=torch.float32),
            requires_grad=bool(requires_grad),
        )
        self._add_states()

    @property
    def device(self) -> torch.device:
        """Device of the states."""
        return self.pre_state.device

    def clamp(self) -> None:
        """Keeps the threshold at ``1 / scale`` and a step or above."""
        least = max(1 / self.scale, self.threshold_step or 0)
        if not exporting():
            self.threshold.data.clamp_(min=least)

    def level(self) -> Tensor:
        """The threshold that changes are compared with."""
        if self.threshold_step is None:
            return self.threshold
        return quantize(self.threshold, self.threshold_step, MODE.FLOOR)

    def fix_channels(self, channels: int, axes: int = 1) -> None:
        """Gives each channel its threshold where they share none.

        Args:
            channels: number of channels of the input.
            axes: number of its axes between batch and time.
        """
        shape = (channels, *[1] * (axes - 1))
        if self.shared_param is True or self.threshold.shape == shape:
            return
        spread = self.threshold.detach().reshape(-1).expand(channels).clone()
        self.threshold.data = lasting(spread.reshape(shape))

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, *args: object
    ) -> None:
        """Takes thresholds per channel, and one of a module that never ran."""
        name = prefix + "threshold"
        saved = state_dict.get(name)
        if saved is not None and self.shared_param is not True:
            if saved.numel() == 1:
                state_dict[name] = saved.expand(self.threshold.shape)
            elif self.threshold.numel() == 1:
                self.threshold.data = self.threshold.data.new_empty(saved.shape)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _start(self, input: Tensor) -> list[Tensor]:
        """Checks the shape, spreads the threshold; states before the first step."""
        shape = spatial_shape(self.shape, input)
        if self.shape is None:
            self.shape = shape
        self.fix_channels(shape[0], len(shape))
        self.clamp()
        states = self._start_states(input.shape[:-1])
        if self.persistent_state is True:
            return states
        return [torch.zeros(1, device=input.device)] * len(self._states)

    def _keep(self, states: list[Tensor]) -> None:
        if self.persistent_state is True:
            self._keep_states(states)

    def _settings(self, rectified: bool = False) -> DeltaSettings:
        return DeltaSettings(
            float(self.scale),
            float(self.tau_grad),
            float(self.scale_grad),
            self.cum_error is True,
            rectified,
            shape_number(self.surrogate),
        )

    def forward(self, input: Tensor) -> Tensor:
        """Sends the changes of an input of shape (N, C, ..., T).

        Returns:
            Multiples of ``1 / scale``, of the input's shape and dtype. The input's
            gradient is the difference of the gradients of two steps.
        """
        states = self._start(input)
        tensors = (input.float(), self.level(), *states)
        sent, *last = ops.through(ops.DELTA, tensors, self._settings(), self._by_kernel)
        self._keep(last)
        return sent.to(input.dtype)
