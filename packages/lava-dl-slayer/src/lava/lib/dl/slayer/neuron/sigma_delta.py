r"""Sigma-delta neuron: an activation between a running sum and its changes.

.. math::
   \sigma_t = \sigma_{t-1} + x_t, \quad a_t = f(\sigma_t + b), \quad
   y_t = \Delta(a_t)

Gradients pass straight through :math:`\Delta`, so that none is left for the residual
that it keeps: unlike the spiking neurons' there is no further, exact one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable, fuses, is_exactly_ours
from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer._shapes import check_tensor
from lava.lib.dl.slayer.axon import Delta
from lava.lib.dl.slayer.dendrite import Sigma
from lava.lib.dl.slayer.neuron import base
from lava.lib.dl.slayer.neuron._decays import device_value
from lava.lib.dl.slayer.neuron._spiking import Norm

__all__ = ["Neuron", "neuron_params"]

_RELUS = (torch.relu, torch.nn.functional.relu)


def neuron_params(
    device_params: Mapping[str, Any], scale: int = 1 << 6
) -> dict[str, Any]:
    """Constructor arguments of the neuron with these parameters on the chip.

    Args:
        device_params: ``vThMant``.
        scale: units of a threshold per 1.0.
    """
    return {"threshold": device_value(device_params, "vThMant", scale)}


@fusable
class Neuron(base.Neuron):
    """Sigma-delta neuron.

    Args:
        threshold: smallest change of the activation that is sent.
        activation: element-wise function of a tensor.
        tau_grad: width of the threshold's surrogate gradient.
        scale_grad: height of it.
        scale: units of a weight per 1.0; what is sent has 64 times as many.
        cum_error: compare the accumulated change with the threshold.
        norm: class of the sum's normalisation.
        dropout: module applied to what is sent.
        shared_param: one threshold for all channels.
        persistent_state: keep states from one call to the next.
        requires_grad: learn threshold and bias.
        surrogate: shape of the threshold's surrogate gradient, one of ``SURROGATES``,
            or a function of (change - threshold) / width, 1 at 0.
    """

    def __init__(
        self,
        threshold: float,
        activation: Callable[[Tensor], Tensor],
        tau_grad: float = 1,
        scale_grad: float = 1,
        scale: int = 1 << 6,
        cum_error: bool = False,
        norm: Norm | None = None,
        dropout: torch.nn.Module | None = None,
        shared_param: bool = True,
        persistent_state: bool = False,
        requires_grad: bool = False,
        surrogate: str | Shape = "exponential",
    ) -> None:
        base.check_positive(scale=scale, tau_grad=tau_grad)
        super().__init__(
            threshold=threshold,
            w_scale=scale,
            s_scale=scale * (1 << 6),
            norm=norm,
            dropout=dropout,
            persistent_state=persistent_state,
            shared_param=shared_param,
            requires_grad=requires_grad,
        )
        self.graded_spike = True
        self.activation = activation
        self.bias_is_set = False
        self.bias = torch.nn.Parameter(
            torch.zeros(1), requires_grad=bool(requires_grad)
        )
        self.sigma = Sigma(persistent_state=persistent_state)
        self.delta = Delta(
            threshold=self._threshold,
            scale=self.s_scale,
            tau_grad=tau_grad,
            scale_grad=scale_grad,
            cum_error=cum_error,
            shared_param=shared_param,
            persistent_state=persistent_state,
            requires_grad=requires_grad,
            threshold_step=1 / self.w_scale,
            surrogate=surrogate,
        )

    @property
    def threshold(self) -> Tensor:  # type: ignore[override]
        """Threshold of :attr:`delta`, one value or one per channel."""
        return self.delta.threshold

    @property
    def v_th_mant(self) -> Any:
        """Threshold as integer, or as an array of one per channel."""
        self.delta.clamp()
        level = self.delta.level().detach()
        mantissa = torch.round(level * self.w_scale).to(torch.int64).cpu()
        return int(mantissa) if mantissa.numel() == 1 else mantissa.reshape(-1).numpy()

    @property
    def device(self) -> torch.device:
        """Device of the states."""
        return self.delta.device

    @property
    def scale(self) -> int:
        """Units of a weight per 1.0."""
        return self.w_scale

    @property
    def device_params(self) -> dict[str, Any]:
        """The neuron as the chip's parameters."""
        name = getattr(self.activation, "__name__", type(self.activation).__name__)
        return {"type": "SDNN", "activation": name, "vThMant": self.v_th_mant}

    def set_bias(self, bias: Tensor) -> None:
        """Adds a bias before the activation.

        Args:
            bias: one value per neuron or per channel.
        """
        if self.shape is not None and bias.numel() == self.shape.numel():
            bias = bias.reshape(self.shape)
        self.bias.data = bias.to(self.device)
        self.bias_is_set = True

    def reset_state(self) -> None:
        """Sets all states to 0, in place."""
        self.sigma.reset_state()
        self.delta.reset_state()

    def fix_channels(self, channels: int, axes: int = 1) -> None:
        """Shapes what has a value per channel, as the first input would.

        Args:
            channels: number of channels.
            axes: number of axes between batch and time.
        """
        super().fix_channels(channels, axes)
        self.delta.fix_channels(channels, axes)

    def forward(self, input: Tensor) -> Tensor:
        """Sends the changes of the activation, shape (N, C, ..., T)."""
        check_tensor(input, self.device)
        x = input.float()
        sent = self._fused(x) if self._can_fuse(x) else self._parts(x)
        if sent.dtype is not input.dtype:
            sent = sent.to(input.dtype)
        if self.sigma.shape != self.delta.shape:
            raise AssertionError(
                "The shape of sigma and delta do not match. "
                f"Found {self.sigma.shape=} and {self.delta.shape=}."
            )
        if self.shape != self.sigma.shape:
            self.shape = self.sigma.shape
        return sent if self.drop is None else self.drop(sent)

    def _parts(self, input: Tensor) -> Tensor:
        total = self.sigma(input)
        if self.norm is not None:
            total = self.norm(total)
        if self.bias_is_set:
            total = total + self._bias(input)
        return self.delta(self.activation(total))

    def _bias(self, input: Tensor) -> Tensor:
        """The bias with batch and time axes; one per channel spreads over the rest."""
        missing = input.ndim - 2 - self.bias.ndim
        return self.bias.reshape(1, *self.bias.shape, *[1] * (missing + 1))

    def _can_fuse(self, input: Tensor) -> bool:
        if self.norm is not None or not is_exactly_ours(self):
            return False
        per_channel = self.bias.numel() in (1, input.shape[1] if input.ndim > 2 else 1)
        activation = self.activation
        parts: list[Any] = [self.sigma, self.delta]
        if activation not in _RELUS:
            parts.append(activation)
        return per_channel and fuses(*parts)

    def _fused(self, input: Tensor) -> Tensor:
        states = [self.sigma._start(input), *self.delta._start(input)]
        bias = self.bias if self.bias_is_set else torch.zeros(1, device=input.device)
        sent, total, *last = ops.through(
            ops.SIGMA_DELTA,
            (input, self.delta.level(), bias, *states),
            self.delta._settings(rectified=True),
            self._by_kernel,
        )
        self.sigma._keep(total)
        self.delta._keep(last)
        return sent
