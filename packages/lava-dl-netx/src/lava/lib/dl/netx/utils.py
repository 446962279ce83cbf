"""Helpers of the Lava backend: the dictionary view of a file, weights and delays."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import KeysView
from enum import IntEnum, unique
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

__all__ = [
    "SYNAPSE_SIGN_MODE",
    "NetDict",
    "num_delay_bits",
    "optimize_weight_bits",
]

MAX_DELAY = 62
"""Largest delay of a Loihi synapse, in steps."""

_MIXED_LOW, _MIXED_HIGH = -256, 254
_EXCITATORY_HIGH, _INHIBITORY_LOW = 255, -256


@unique
class SYNAPSE_SIGN_MODE(IntEnum):  # noqa: N801 - upstream's name
    """Which signs the weights of a synapse have."""

    MIXED = 1
    EXCITATORY = 2
    INHIBITORY = 3


class NetDict:
    """Read-only dictionary view of a ``.net`` file or one of its groups.

    Args:
        filename: File to open; not used if ``f`` is given.
        mode: Mode of the file.
        f: An open file or group.

    Raises:
        ValueError: Neither ``filename`` nor ``f`` is given.
    """

    str_keys = ("type",)
    array_keys = (
        "shape",
        "stride",
        "padding",
        "dilation",
        "groups",
        "delay",
        "iDecay",
        "refDelay",
        "scaleRho",
        "tauRho",
        "theta",
        "vDecay",
        "vThMant",
        "wgtExp",
        "sinDecay",
        "cosDecay",
        "messageBits",
    )
    copy_keys = ("weight", "weight_rec", "bias", "weight/real", "weight/imag")

    def __init__(
        self,
        filename: str | os.PathLike[str] | None = None,
        mode: str = "r",
        f: h5py.Group | None = None,
    ) -> None:
        if f is None and filename is None:
            raise ValueError("NetDict needs a filename, or an open file as f")
        self.f = f if f is not None else h5py.File(filename, mode)

    def keys(self) -> KeysView[str]:
        """Names of the members."""
        keys: KeysView[str] = self.f.keys()
        return keys

    def __len__(self) -> int:
        return len(self.f)

    def __contains__(self, key: object) -> bool:
        return key in self.f

    def __getitem__(self, key: str | int) -> Any:
        """Text, a number or array, int64 weights, or a view of what is below.

        Raises:
            KeyError: There is no such member.
        """
        name = str(key)
        if name not in self.f:
            raise KeyError(f"{self.f.name} has no member {name!r}")
        value = self.f[name]
        if name in self.str_keys:
            return _text(value)
        if name in self.array_keys:
            return value[()]
        if name in self.copy_keys and isinstance(value, h5py.Dataset):
            return np.array(value[()]).astype(np.int64)
        return NetDict(f=value)

    def __setitem__(self, key: str | int, value: object) -> None:
        raise NotImplementedError("a NetDict is read-only; write files with spec.write")


def _text(value: h5py.Dataset) -> str:
    entry = value[()]
    if value.shape:
        entry = entry.flat[0]
    return entry.decode("ascii") if isinstance(entry, bytes) else str(entry)


def optimize_weight_bits(
    weight: npt.ArrayLike,
) -> tuple[npt.NDArray[np.int64], int, int, SYNAPSE_SIGN_MODE]:
    """Shift weights up to use all bits of a Loihi synapse.

    Weights of both signs beyond -256..254 are clipped, with a printed warning. Weights
    of one sign beyond -256..255 all become zero as in Lava, with a `UserWarning`.

    Args:
        weight: Integers of any shape.

    Returns:
        The shifted weights, the number of bits they need, the exponent that undoes the
        shift (result * 2**exponent), and the sign mode.
    """
    weight = np.array(weight).astype(np.int64)
    weight = _clip_mixed(weight)
    high, low = int(weight.max()), int(weight.min())
    mode = _sign_mode(low, high)
    mixed = int(mode == SYNAPSE_SIGN_MODE.MIXED)
    shift = _headroom(low, high, mode) + mixed
    precision = _trailing_zeros(weight) - mixed
    return _shifted(weight, shift), 8 - shift - precision, -shift, mode


def _clip_mixed(weight: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    notice = "[WARNING] weight matrix cannot be optimized to fit in synapse."
    high = int(weight.max())
    if high > _MIXED_HIGH and weight.min() < 0:
        print(notice)
        print(f"         (max weight too large: {high}, clipped to {_MIXED_HIGH})")
        weight = np.clip(weight, _MIXED_LOW, _MIXED_HIGH)
    low = int(weight.min())
    if low < _MIXED_LOW and weight.max() > 0:
        print(notice)
        print(f"         (min weight too small: {low}, clipped to {_MIXED_LOW})")
        weight = np.clip(weight, _MIXED_LOW, _MIXED_HIGH)
    return weight


def _sign_mode(low: int, high: int) -> SYNAPSE_SIGN_MODE:
    if high < 0:
        return SYNAPSE_SIGN_MODE.INHIBITORY
    if low >= 0:
        return SYNAPSE_SIGN_MODE.EXCITATORY
    return SYNAPSE_SIGN_MODE.MIXED


def _headroom(low: int, high: int, mode: SYNAPSE_SIGN_MODE) -> int:
    """Bits by which the weights can grow; all-zero weights have none to use."""
    if mode == SYNAPSE_SIGN_MODE.INHIBITORY:
        scale = _INHIBITORY_LOW / low
    elif mode == SYNAPSE_SIGN_MODE.EXCITATORY:
        scale = _EXCITATORY_HIGH / high if high else 1.0
    else:
        scale = min(127 / high if high else math.inf, -128 / low)
    return math.floor(math.log2(scale))


def _trailing_zeros(weight: npt.NDArray[np.int64]) -> int:
    return next((k for k in range(8, 0, -1) if not (weight % 2**k).any()), 0)


def _shifted(weight: npt.NDArray[np.int64], shift: int) -> npt.NDArray[np.int64]:
    if shift >= 0:
        return weight << shift
    warnings.warn(
        f"weights of one sign span {weight.min()}..{weight.max()}, beyond "
        f"{_INHIBITORY_LOW}..{_EXCITATORY_HIGH}: Lava makes them all zero; scale "
        "them down in training",
        UserWarning,
        stacklevel=3,
    )
    return np.zeros_like(weight)


def num_delay_bits(delays: npt.ArrayLike) -> int:
    """Bits needed for synaptic delays, ``ceil(log2(max))``.

    Args:
        delays: Delays in steps.

    Raises:
        ValueError: A delay is negative or above 62.
    """
    delays = np.asarray(delays)
    if delays.min() < 0:
        raise ValueError(
            f"Negative delay encountered. Found delays.min()={delays.min()}; "
            "delays are steps from 0 to 62."
        )
    if delays.max() >= MAX_DELAY + 1:
        raise ValueError(
            f"Max delay exceeded limit of {MAX_DELAY}. Found "
            f"delays.max()={delays.max()}."
        )
    return math.ceil(math.log2(delays.max())) if delays.max() > 0 else 0
