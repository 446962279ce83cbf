"""A mask over time, for batches of sequences of different lengths."""

from __future__ import annotations

from torch import Tensor

REDUCTIONS = ("none", "mean", "sum")


def time_mask(mask: Tensor, like: Tensor) -> Tensor:
    """The mask (N, T) in the shape, dtype and on the device of ``like`` (N, ..., T).

    Raises:
        ValueError: if the mask hasn't one value for each sample and step.
    """
    expected = (like.shape[0], like.shape[-1])
    if tuple(mask.shape) != expected:
        raise ValueError(
            "mask must have one value for each sample and time step, shape "
            f"{expected}, got {tuple(mask.shape)}"
        )
    ones = [1] * (like.ndim - 2)
    shaped = mask.to(like).reshape(mask.shape[0], *ones, mask.shape[1])
    return shaped.expand(like.shape)


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """``x`` (N, ..., T), zero where the mask (N, T) is."""
    return x if mask is None else x * time_mask(mask, x)


def time_mean(x: Tensor, mask: Tensor | None) -> Tensor:
    """Mean of ``x`` (N, ..., T) over the time steps that the mask (N, T) keeps."""
    if mask is None:
        return x.mean(dim=-1)
    weight = time_mask(mask, x)
    return (x * weight).sum(dim=-1) / weight.sum(dim=-1).clamp(min=1)


def reduce(losses: Tensor, mask: Tensor | None, reduction: str) -> Tensor:
    """Sum or mean of elementwise losses (N, ..., T) over what the mask keeps."""
    losses = masked(losses, mask)
    if reduction == "none":
        return losses
    if reduction == "sum" or mask is None:
        return losses.sum() if reduction == "sum" else losses.mean()
    return losses.sum() / time_mask(mask, losses).sum().clamp(min=1)


def check_reduction(reduction: str) -> str:
    """The reduction, if it is one.

    Raises:
        ValueError: if it isn't.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {REDUCTIONS}, got {reduction!r}")
    return reduction
