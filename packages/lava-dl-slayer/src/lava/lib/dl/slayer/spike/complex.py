"""Spike where the phase crosses zero while the real part is above its threshold."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._plain import spikes as plain
from lava.lib.dl.slayer._plain.surrogate import Shape
from lava.lib.dl.slayer.spike._arguments import check_parts, settings, spread

__all__ = ["Spike"]


class Spike:
    r"""Spike where the phase rises through zero.

    That is :math:`x_t \ge \vartheta`, :math:`y_{t-1} < 0` and :math:`y_t \ge 0`, x
    being the real and y the imaginary part.
    """

    derivative = None

    @staticmethod
    def apply(
        real: Tensor,
        imag: Tensor,
        threshold: Tensor | float,
        tau_rho: float,
        scale_rho: float,
        graded_spike: bool,
        imag_last: Tensor | float,
        scale: float,
        surrogate: str | Shape = "exponential",
    ) -> Tensor:
        """Spikes of an oscillator, whose parts have a gradient.

        None passes to the step before.

        Args:
            real: real part, shape (N, C, ..., T), floating point.
            imag: imaginary part, same shape and dtype.
            threshold: a number, or a tensor that broadcasts to ``real``.
            tau_rho: width of the surrogate derivative.
            scale_rho: height of the surrogate derivative.
            graded_spike: True makes spikes carry real / scale.
            imag_last: imaginary part before the first step, a number or a tensor of
                shape (N, C, ...).
            scale: divisor of graded spikes.
            surrogate: shape of the surrogate derivative, a name of
                :data:`~lava.lib.dl.slayer.neuron.SURROGATES` or a function.

        Returns:
            Tensor of the shape and dtype of ``real``.

        Raises:
            TypeError: if a part is not floating point.
            ValueError: if the parts differ in shape or dtype, a tensor doesn't
                broadcast to them, or ``tau_rho`` or ``scale`` is not positive.
        """
        check_parts(real, imag)
        level = spread("threshold", threshold, real, real.shape)
        before = spread("imag_last", imag_last, real, real.shape[:-1])
        numbers = settings(tau_rho, scale_rho, graded_spike, scale, surrogate)
        if callable(surrogate) and torch.compiler.is_compiling():
            return plain.Spike.apply(numbers, real, imag, level, before)
        return ops.COMPLEX_SPIKE((real, imag, level, before), numbers)[0]
