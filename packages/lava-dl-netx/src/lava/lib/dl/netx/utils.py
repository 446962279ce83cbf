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

from lava.lib.dl.spec.lava import MAX_DELAY, WEIGHT_RANGE, squeeze

__all__ = ["SYNAPSE_SIGN_MODE", "NetDict", "num_delay_bits", "optimize_weight_bits"]


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
    integers = np.array(weight).astype(np.int64)
    low, high = int(integers.min()), int(integers.max())
    one_sign = "INHIBITORY" if high < 0 else "EXCITATORY"
    mode = SYNAPSE_SIGN_MODE["MIXED" if low < 0 <= high else one_sign]
    if high > 0 > low:
        _say_clipped(low, high)
    shifted, up, bits = squeeze(integers)
    if up < 0:
        warnings.warn(
            f"weights of one sign span {low}..{high}, beyond -256..255: Lava makes "
            "them all zero; scale them down in training",
            UserWarning,
            stacklevel=2,
        )
    return shifted, bits, -up, mode


def _say_clipped(low: int, high: int) -> None:
    """Print what upstream prints of weights of both signs."""
    least, most = WEIGHT_RANGE
    if high > most or low < least:
        print("[WARNING] weight matrix cannot be optimized to fit in synapse.")
    if high > most:
        print(f"         (max weight too large: {high}, clipped to {most})")
    if low < least:
        print(f"         (min weight too small: {low}, clipped to {least})")


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
