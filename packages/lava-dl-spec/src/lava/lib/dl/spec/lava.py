"""What lava-nc 0.10 makes of a record's numbers before it computes with them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lava.lib.dl.spec.neurons import Cuba, Sigma, SigmaDelta

__all__ = [
    "MAX_DELAY",
    "NO_NEURON",
    "SIGMA_DELTA",
    "STATE_LIMIT",
    "WEIGHT_RANGE",
    "cut",
    "period_and_decay",
    "prepare",
    "recomputed",
    "squeeze",
]

Ints = npt.NDArray[np.integer[Any]]
MAX_DELAY: Final = 62
"""Longest delay of a synapse of Lava and of Loihi, in steps."""
WEIGHT_RANGE: Final = (-256, 254)
"""What weights of both signs are clipped to."""
STATE_LIMIT: Final = 2**23
"""Currents wrap and voltages clip here."""
NO_NEURON: Final = Cuba(0, 4096, 2**17)
"""What runs where a layer has no neuron group; it can't fire."""
SIGMA_DELTA: Final = (SigmaDelta, Sigma)
"""Neurons whose messages are values."""


def prepare(*parts: Ints) -> tuple[list[Ints], int]:
    """Matrices of one layer as Lava's synapses hold them, with one common shift.

    Returns:
        The shifted weights, and the bits by which they are shifted up.
    """
    shifted, up, bits = squeeze(np.concatenate(parts, axis=1))
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    return [cut(part, bits) for part in np.split(shifted, ends, axis=1)], up


def squeeze(given: Ints) -> tuple[npt.NDArray[np.int64], int, int]:
    """Weights shifted up to use all bits, the shift, and the number of weight bits."""
    weight = given.astype(np.int64)
    low, high = int(weight.min()), int(weight.max())
    if low < 0 < high:
        weight = np.clip(weight, *WEIGHT_RANGE)
        low, high = int(weight.min()), int(weight.max())
    if low == high == 0:
        return weight, 0, 8
    if high < 0:
        up = _log2(256, -low)
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


def period_and_decay(sine: Any, cosine: Any) -> tuple[Any, Any]:
    """The period in steps and the decay per step that Lava's resonators are made of."""
    s, c = np.float64(sine) / 4096, np.float64(cosine) / 4096
    with np.errstate(divide="ignore"):
        period = 1 / (np.arctan2(s, c) / 2 / np.pi)
    return period, 1 - np.sqrt(s**2 + c**2)


def recomputed(sine: Any, cosine: Any) -> tuple[Any, Any]:
    """Lava's decays: through period and decay, and cut toward zero.

    The last bit depends on the math library and on scalar or array, so that numpy's
    functions in this order give Lava's integers.
    """
    period, decay = period_and_decay(sine, cosine)
    angle = np.pi * 2 * 1 / period
    rotated = ((1 - decay) * np.sin(angle) * 4096, (1 - decay) * np.cos(angle) * 4096)
    first, second = (np.trunc(value).astype(np.int32) for value in rotated)
    return first, second
