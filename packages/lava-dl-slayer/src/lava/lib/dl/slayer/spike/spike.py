"""Spike where the voltage reaches its threshold."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._plain import spikes as plain
from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer._shapes import check_tensor
from lava.lib.dl.slayer.spike._arguments import settings, spread

__all__ = ["Spike"]


class Spike:
    r"""Spike function :math:`s = [v \ge \vartheta]`, times v / scale where graded.

    Its surrogate derivative is
    :math:`\frac{scale\_rho}{2\,tau\_rho} e^{-|v - \vartheta| / tau\_rho}`, and
    :math:`scale\_rho\, e^{\min(v - \vartheta, 0) / tau\_rho}` where graded
    (Shrestha and Orchard, SLAYER, 2018).
    """

    derivative = None

    @staticmethod
    def apply(
        voltage: Tensor,
        threshold: Tensor | float,
        tau_rho: float,
        scale_rho: float,
        graded_spike: bool,
        voltage_last: Tensor | float | None,
        scale: float,
        surrogate: str | Shape = "exponential",
    ) -> Tensor:
        """Spikes of ``voltage``, the one that has a gradient.

        Args:
            voltage: shape (N, C, ..., T), floating point.
            threshold: a number, or a tensor that broadcasts to the voltage.
            tau_rho: width of the surrogate derivative.
            scale_rho: height of the surrogate derivative.
            graded_spike: True makes spikes carry voltage / scale.
            voltage_last: voltage before the first step; has no effect.
            scale: divisor of graded spikes.
            surrogate: shape of the surrogate derivative, a name of
                :data:`~lava.lib.dl.slayer.neuron.SURROGATES` or a function.

        Returns:
            Tensor of the voltage's shape and dtype.

        Raises:
            TypeError: if the voltage is not floating point.
            ValueError: if the threshold doesn't broadcast to it, or ``tau_rho`` or
                ``scale`` is not positive.
        """
        check_tensor(voltage)
        level = spread("threshold", threshold, voltage, voltage.shape)
        numbers = settings(tau_rho, scale_rho, graded_spike, scale, surrogate)
        if callable(surrogate) and torch.compiler.is_compiling():
            return plain.Spike.apply(numbers, voltage, level)
        return ops.SPIKE((voltage, level), numbers)[0]
