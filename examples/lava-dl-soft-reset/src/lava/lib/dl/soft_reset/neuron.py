r"""The neuron in PyTorch, computing the integers of the file.

.. math::
   v_t = (1 - \alpha) v_{t-1} + x_t, \quad s_t = [v_t \ge \vartheta], \quad
   v_t \leftarrow v_t - \vartheta s_t
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from lava.lib.dl.slayer.neuron import base
from lava.lib.dl.slayer.spike import Spike

__all__ = ["Neuron"]


class Neuron(base.Neuron):
    """Integrate-and-fire neuron whose reset subtracts the threshold.

    Args:
        threshold: Where the voltage reaches it the neuron fires.
        voltage_decay: Decay of the voltage per step, 0 to 1.
        tau_grad: Width of the surrogate derivative, in thresholds.
        scale_grad: Height of the surrogate derivative.
        scale: Units of a weight per 1.0; states have 64 times as many.
        norm: Class of the input's normalisation.
        persistent_state: Keep the voltage from one call to the next.
        requires_grad: Learn the decay.
    """

    _states = ("voltage_state",)

    def __init__(
        self,
        threshold: float,
        voltage_decay: float,
        tau_grad: float = 1,
        scale_grad: float = 1,
        scale: int = 64,
        norm: Callable[[], torch.nn.Module] | None = None,
        persistent_state: bool = False,
        requires_grad: bool = False,
    ) -> None:
        super().__init__(
            threshold,
            tau_grad,
            scale_grad,
            p_scale=4096,
            w_scale=scale,
            s_scale=64 * scale,
            norm=norm,
            persistent_state=persistent_state,
            requires_grad=requires_grad,
        )
        decay = torch.tensor([4096.0 * voltage_decay])
        self.voltage_decay = torch.nn.Parameter(decay, requires_grad=requires_grad)
        self._add_states()

    @property
    def device_params(self) -> dict[str, Any]:
        """The neuron by the names of its record."""
        decay = self.voltage_decay.detach().trunc().int().cpu().numpy()
        return {
            "type": "example.soft_reset",
            "vDecay": decay,
            "vThMant": self.v_th_mant,
        }

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Spikes of an input of shape (N, C, ..., T)."""
        self.shape = input.shape[1:-1]
        x = input if self.norm is None else self.norm(input)
        added = cut(x * self.s_scale)
        decay_factor = 4096 - cut(self.voltage_decay.clamp(0, 4096))
        decay_factor = decay_factor.reshape(-1, *[1] * (input.dim() - 3))
        level, spikes = self.threshold * self.s_scale, []
        (voltage,) = self._start_states(input.shape[:-1])
        for t in range(input.shape[-1]):
            # Products of a state and a decay need more digits than float32 has.
            decayed = cut(voltage.double() * decay_factor / 4096).float()
            voltage = decayed + added[..., t]
            spikes.append(self.spike(voltage / self.s_scale))
            voltage = voltage - level * spikes[-1]
        if self.persistent_state:
            self._keep_states([voltage])
        return torch.stack(spikes, dim=-1)

    def spike(self, voltage: torch.Tensor) -> torch.Tensor:
        """Spikes of one step, with slayer's surrogate derivative."""
        shaped = voltage.unsqueeze(-1)
        level, tau, scale = self.threshold, self.tau_rho, self.scale_rho
        return Spike.apply(shaped, level, tau, scale, False, 0, 1).squeeze(-1)


def cut(value: torch.Tensor) -> torch.Tensor:
    """Whole numbers, cut toward zero; gradients pass."""
    return value + (value.trunc() - value).detach()
