"""Convolution and correlation along time."""

from __future__ import annotations

import warnings

from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import ShiftSettings

__all__ = ["conv", "corr"]


def conv(input: Tensor, filter: Tensor, sampling_time: float = 1) -> Tensor:
    r"""Causal filter :math:`y_t = T_s \sum_i f_i x_{t-i}`.

    Args:
        input: time last; a one-dimensional input becomes (1, T).
        filter: impulse response, flattened; it gets no gradient.
        sampling_time: length of a time step.

    Returns:
        Tensor of the input's shape.
    """
    return _filter(input, filter, sampling_time, correlate=False)


def corr(input: Tensor, filter: Tensor, sampling_time: float = 1) -> Tensor:
    r"""Correlation :math:`y_t = T_s \sum_i f_i x_{t+i}`.

    Args:
        input: time last; a one-dimensional input becomes (1, T).
        filter: impulse response, flattened; it gets no gradient.
        sampling_time: length of a time step.

    Returns:
        Tensor of the input's shape.
    """
    return _filter(input, filter, sampling_time, correlate=True)


def _filter(
    input: Tensor, filter: Tensor, sampling_time: float, correlate: bool
) -> Tensor:
    if filter.requires_grad:
        warnings.warn(
            "The filter requires a gradient, which conv and corr don't give; "
            "use FIRBank to learn filters.",
            stacklevel=3,
        )
    settings = ShiftSettings(float(sampling_time), correlate)
    x = input.reshape(1, -1) if input.ndim == 1 else input
    taps = filter.detach().reshape(-1).float()
    (y,) = ops.FIR((x.float(), taps), settings)
    return y.to(input.dtype)
