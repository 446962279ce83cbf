"""What the resonate-and-fire neurons share: decays as a rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._shift import shift
from lava.lib.dl.slayer.neuron._decays import Range, shared_value
from lava.lib.dl.slayer.neuron._spiking import P_SCALE, SpikingNeuron, integer_decay

SHORTEST_PERIOD = 4

Pair = tuple[Tensor, Tensor]


def _check_period(shortest: float, period: Any) -> None:
    if shortest < SHORTEST_PERIOD:
        raise AssertionError(
            f"Neuron period less than {SHORTEST_PERIOD} does not make sense. "
            f"Found period={period}."
        )


class ResonatingNeuron(SpikingNeuron):
    """An oscillator whose input is a pair (real, imaginary)."""

    _is_complex = True
    sin_decay: torch.nn.Parameter
    cos_decay: torch.nn.Parameter
    real_state: Tensor
    imag_state: Tensor

    def _add_rotation(self, period: Any, decay: Any, log_init: bool) -> None:
        self.log_init = log_init
        if self.shared_param is True:
            shared_value("decay", "decay", decay)
            shared_value("period", "period", period)
            _check_period(period, period)
        else:
            period = self._add_range("period", "period", period, spread=0.01).low
            decay = self._add_range("decay", "decay", decay, spread=0.01).low
            _check_period(period, self._ranges["period"])
        angle = 2 * np.pi / period
        for name, part in (("sin_decay", np.sin(angle)), ("cos_decay", np.cos(angle))):
            value = P_SCALE * (part * (1 - decay))
            self._add_parameter(name, torch.tensor([value], dtype=torch.float32))

    def _draw(self, channels: int) -> None:
        limits = self._ranges.pop("period")
        frequency = self._frequencies(limits, channels)
        radius = 1 - self._uniform("decay", channels)
        self._set("sin_decay", P_SCALE * (torch.sin(2 * np.pi * frequency) * radius))
        self._set("cos_decay", P_SCALE * (torch.cos(2 * np.pi * frequency) * radius))
        self._ranges.pop("decay")
        super()._draw(channels)
        for name in ("period", "decay"):
            delattr(self, f"{name}_min")
            delattr(self, f"{name}_max")

    def _frequencies(self, period: Range, channels: int) -> Tensor:
        if self.log_init is True:
            low, high = -np.log10(period.high), -np.log10(period.low)
            return torch.logspace(low, high, steps=channels)
        slow, fast = 1 / period.high, 1 / period.low
        return slow + (fast - slow) * torch.rand(channels, dtype=torch.float32)

    def clamp(self) -> None:
        """Limits the decay to above 0 and the period to 4 steps or more."""
        sin, cos = self.sin_decay.data, self.cos_decay.data
        gain = torch.sqrt(sin**2 + cos**2)
        factor = torch.clamp(gain, 0, P_SCALE - 1) / gain
        sin.mul_(factor).clamp_(min=1)
        cos.mul_(factor).clamp_(min=0)

    cx_sin_decay = integer_decay("sin_decay")
    cx_cos_decay = integer_decay("cos_decay")

    def _quantized(self) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
        self.clamp()
        sin, cos = (
            torch.round(p.detach()).cpu().numpy() / np.float32(P_SCALE)
            for p in (self.sin_decay, self.cos_decay)
        )
        return sin, cos

    @property
    def decay(self) -> NDArray[np.floating[Any]]:
        """Decay of the amplitude per step, as quantised."""
        sin, cos = self._quantized()
        return 1 - np.sqrt(sin**2 + cos**2)

    @property
    def frequency(self) -> NDArray[np.floating[Any]]:
        """Frequency in turns per step, as quantised."""
        return np.arctan2(*self._quantized()) / (2 * np.pi)

    @property
    def period(self) -> NDArray[np.floating[Any]]:
        """Period in steps, as quantised."""
        return 1 / self.frequency

    @property
    def lam(self) -> NDArray[np.floating[Any]]:
        """Exponential rate of the decay, as quantised."""
        return -np.log(1 - self.decay)

    def forward(self, input: Pair, latency: int = 0) -> Tensor:
        """Spikes of a pair (real, imaginary) of inputs of shape (N, C, ..., T).

        They come ``latency`` steps late.
        """
        if self._can_fuse():
            return self.fused(*input, latency=latency)
        return shift(self.spike(*self.dynamics(input)), latency)

    def _check_pair(self, *inputs: Tensor) -> None:
        real, imag = inputs
        if real.shape != imag.shape:
            raise AssertionError(
                f"Real input tensor shape ({real.shape}) does not match with "
                f"imaginary input shape ({imag.shape})."
            )

    def _oscillate(self, input: Pair, threshold: float = -1.0) -> Sequence[Tensor]:
        """Real and imaginary part for an input, before any reset."""
        normed = self._normed(*self._prepare(*input))
        decays, states = self._decays[:2], self._states[:2]
        return self._run(ops.RESONATOR, normed, decays, states, threshold)

    def _normed(self, real: Tensor, imag: Tensor) -> Pair:
        if self.real_norm is None or self.imag_norm is None:
            return real, imag
        return self.real_norm(real), self.imag_norm(imag)
