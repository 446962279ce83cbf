"""Weights as lava-nc's synapses hold them: shifted up, then cut to a few bits."""

from __future__ import annotations

import warnings

import numpy as np

from lava.lib.dl.netx._native.order import Ints

LOW, HIGH = -256, 254


def prepare(*parts: Ints) -> tuple[list[Ints], int]:
    """Matrices of one layer, squeezed together.

    Returns:
        The shifted weights, and the bits by which they are shifted up.
    """
    joined = np.concatenate(parts, axis=1).astype(np.int64)
    shifted, up, bits = squeeze(joined)
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    return [cut(part, bits) for part in np.split(shifted, ends, axis=1)], up


def squeeze(weight: Ints) -> tuple[Ints, int, int]:
    """Weights shifted up to use all bits, the shift, and the number of weight bits."""
    low, high = int(weight.min()), int(weight.max())
    if (high > HIGH and low < 0) or (low < LOW and high > 0):
        warnings.warn(
            f"weights {low}..{high} exceed Lava's {LOW}..{HIGH} and are clipped; train "
            "with a smaller weight range",
            stacklevel=2,
        )
        weight = np.clip(weight, LOW, HIGH)
        low, high = int(weight.min()), int(weight.max())
    if low == high == 0:
        return weight, 0, 8
    if high < 0:
        up = _log2(-LOW, -low)
    elif low >= 0:
        up = _log2(255, high)
    else:
        up = min([_log2(128, -low)] + [_log2(127, high)] * (high > 0)) + 1
    mixed = int(low < 0 <= high)
    zeros = next((k for k in range(8, 0, -1) if not (weight % 2**k).any()), 0)
    # Lava shifts up by a negative number, which leaves nothing.
    shifted = weight << up if up >= 0 else np.zeros_like(weight)
    return shifted, up, 8 - up - (zeros - mixed)


def cut(weight: Ints, bits: int) -> Ints:
    """What a synapse with this many weight bits keeps."""
    low, high = int(weight.min()), int(weight.max())
    mixed = low < 0 < high
    lost = 8 - bits + int(mixed)
    if lost < 0:
        # Lava shifts down by a negative number, which leaves nothing.
        return np.zeros_like(weight)
    if mixed:
        return np.clip(weight, -256, 255) >> lost << lost
    if low >= 0:
        return np.clip(weight, 0, 255) >> lost << lost
    kept: Ints = -(-np.clip(weight, -255, 0) >> lost << lost)
    return kept


def _log2(top: int, bottom: int) -> int:
    """``floor(log2(top / bottom))``."""
    power = top.bit_length() - bottom.bit_length()
    return power if bottom * 2.0**power <= top else power - 1
