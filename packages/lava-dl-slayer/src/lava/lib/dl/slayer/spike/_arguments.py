"""What the spike functions are given, checked, as their operators take it."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer._plain.surrogate import Shape, shape_number
from lava.lib.dl.slayer._settings import SpikeSettings
from lava.lib.dl.slayer._shapes import check_tensor


def check_parts(real: Tensor, imag: Tensor) -> None:
    """Refuses what isn't floating point, of one shape, dtype and device."""
    check_tensor(real)
    check_tensor(imag, real.device)
    if (real.shape, real.dtype) != (imag.shape, imag.dtype):
        raise ValueError(
            f"real and imag are {tuple(real.shape)} {real.dtype} and "
            f"{tuple(imag.shape)} {imag.dtype}, need the same."
        )


def spread(
    name: str, argument: Tensor | float, like: Tensor, shape: torch.Size
) -> Tensor:
    """A number, or a tensor that broadcasts to ``shape``, of the dtype of ``like``."""
    value = torch.as_tensor(argument, dtype=like.dtype, device=like.device)
    if value.numel() == 1:
        return value.reshape(())
    try:
        return value.expand(shape)
    except RuntimeError:
        raise ValueError(
            f"{name} has shape {tuple(value.shape)}, needs one that broadcasts to "
            f"{tuple(shape)}."
        ) from None


def settings(
    tau_rho: float,
    scale_rho: float,
    graded_spike: bool,
    scale: float,
    surrogate: str | Shape,
) -> SpikeSettings:
    """The numbers, checked to be such that can be divided by."""
    for name, value in (("tau_rho", tau_rho), ("scale", scale)):
        if not value > 0:
            raise ValueError(f"{name} is {value}, needs a positive number.")
    return SpikeSettings(
        tau_rho, scale_rho, graded_spike is True, scale, shape_number(surrogate)
    )
