"""Surrogate derivatives that stand in for the spike functions' own.

A shape is a function of x = (voltage - threshold) / tau, 1 at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Shape = Callable[[Tensor], Tensor]


SHAPES: dict[str, Shape] = {
    "exponential": lambda x: torch.exp(-x.abs()),
    "fast_sigmoid": lambda x: (1 + x.abs()) ** -2,
    "arctan": lambda x: 1 / (1 + (math.pi / 2 * x) ** 2),
    "triangle": lambda x: (1 - x.abs() / 2).clamp(min=0),
    "boxcar": lambda x: (x.abs() <= 1).to(x.dtype),
    "gaussian": lambda x: torch.exp(-math.pi / 4 * x**2),
    "straight_through": torch.ones_like,
}
"""By the names of core's kernels, in their order."""


def shape_number(surrogate: str | Shape) -> int | Shape:
    """What an operator takes: the place of a shape by its name, or the function.

    Raises:
        ValueError: if there is no shape of that name.
    """
    if callable(surrogate):
        return surrogate
    if surrogate not in SHAPES:
        raise ValueError(
            f"surrogate is {surrogate!r}, needs one of {', '.join(SHAPES)}, or a "
            "function of (voltage - threshold) / tau."
        )
    return list(SHAPES).index(surrogate)


def _height(x: Tensor, surrogate: int | Shape) -> Tensor:
    shape = surrogate if callable(surrogate) else list(SHAPES.values())[surrogate]
    height = shape(x)
    if height.shape != x.shape:
        raise ValueError(
            f"the surrogate gives shape {tuple(height.shape)} for an x of shape "
            f"{tuple(x.shape)}, needs the same."
        )
    return height


def spike_slope(
    above: Tensor, tau: float, scale: float, graded: bool, surrogate: int | Shape = 0
) -> Tensor:
    """D spike / d voltage, ``above`` being voltage - threshold."""
    if graded:
        return scale * _height(above.clamp(max=0) / tau, surrogate)
    return scale / 2 / tau * _height(above / tau, surrogate)


def phase_slopes(
    above: Tensor,
    imag: Tensor,
    tau: float,
    scale: float,
    graded: bool,
    surrogate: int | Shape = 0,
) -> tuple[Tensor, Tensor]:
    """D spike / d real and d spike / d imag, ``above`` being real - threshold."""
    half = 0.5 / tau
    real_slope = spike_slope(above, tau, 1.0, graded, surrogate)
    imag_slope = half * _height(imag / tau, surrogate)
    below = 1 - 2 * tau * real_slope
    passed = 0.5 * (1 + torch.sign(above) * below)
    to_imag = -scale / tau * torch.sign(imag) * imag_slope * passed
    return scale * real_slope * imag_slope, to_imag


def threshold_slope(
    above: Tensor, tau: float, scale: float, surrogate: int | Shape = 0
) -> Tensor:
    """How far changes beyond a delta encoder's threshold count for it."""
    return scale * _height(above / tau, surrogate)
