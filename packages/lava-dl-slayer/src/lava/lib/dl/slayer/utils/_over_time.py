"""One value per neuron from a membrane over time."""

from __future__ import annotations

import torch
from torch import Tensor

from lava.lib.dl.slayer.utils._masking import time_mask, time_mean

OVER_TIME = ("max", "mean", "last")


def check_over_time(over_time: str) -> str:
    """The way to get rid of time, if it is one.

    Raises:
        ValueError: if it isn't.
    """
    if over_time not in OVER_TIME:
        raise ValueError(f"over_time must be one of {OVER_TIME}, got {over_time!r}")
    return over_time


def reduced_over_time(
    membrane: Tensor, over_time: str, mask: Tensor | None = None
) -> Tensor:
    """(N, ..., T) as (N, classes), from the steps that the mask (N, T) keeps."""
    flat = membrane.reshape(membrane.shape[0], -1, membrane.shape[-1])
    if over_time == "mean":
        return time_mean(flat, mask)
    if mask is None:
        return flat[..., -1] if over_time == "last" else flat.amax(dim=-1)
    kept = time_mask(mask, flat) > 0
    if over_time == "max":
        return flat.masked_fill(~kept, -torch.inf).amax(dim=-1)
    steps = torch.arange(flat.shape[-1], device=flat.device)
    last = (kept * steps).amax(dim=-1, keepdim=True)
    return flat.gather(-1, last).squeeze(-1)
