"""A table of what an export writes: sizes, weight bits, clipping, delays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

__all__ = ["export_report"]

_HEAD = ("layer", "neurons", "weights", "bits", "clipped", "delays")


def export_report(blocks: torch.nn.Module | Iterable[Any]) -> str:
    """Describes the layers as they will be written, without writing them.

    Args:
        blocks: Blocks in the network's order, or a network: its ``blocks`` if it has
            such, else the outermost of its modules that can be written.

    Returns:
        A table of text: type, number of neurons, number of weights, bits that their
        integers need, share of weights that the 8-bit range clips, and range of the
        delays in steps.

    Raises:
        ValueError: If a block's shape is not known yet, or the network has no block.
    """
    rows = [_HEAD, *(_row(block) for block in _blocks(blocks))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
    return "\n".join(lines)


def _blocks(network: Any) -> list[Any]:
    """The outermost blocks of a network, in order."""
    if hasattr(network, "to_spec") and not hasattr(network, "append_to"):
        return [network]
    if isinstance(network, torch.nn.Module):
        parts = getattr(network, "blocks", None) or network.children()
    else:
        parts = network
    return [block for part in parts for block in _blocks(part)]


def _padded(row: tuple[str, ...], widths: list[int]) -> list[str]:
    first, *numbers = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in numbers)]


def _row(block: Any) -> tuple[str, ...]:
    from lava.lib.dl.slayer.block._records import saturation

    layer = block.to_spec()
    names = ("weight", "weight_imag", "weight_rec", "weight_rec_imag")
    weights = [getattr(layer, name, None) for name in names]
    arrays = [np.asarray(w) for w in weights if w is not None]
    kept = "-" if not arrays else str(sum(w.size for w in arrays))
    delay = getattr(layer, "delay", None)
    return (
        layer.type,
        str(math.prod(layer.shape)),
        kept,
        "-" if not arrays else str(max(_bits(w) for w in arrays)),
        "-" if not arrays else f"{saturation(block):.1%}",
        "-" if delay is None else f"{delay.min()}-{delay.max()}",
    )


def _bits(weights: np.ndarray) -> int:
    """Bits of a signed integer that holds all weights in steps of two."""
    low, high = weights.min() / 2, weights.max() / 2
    return 1 + math.ceil(math.log2(max(-low, high + 1, 1)))
