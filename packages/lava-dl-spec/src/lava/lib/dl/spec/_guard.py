"""What of a file may be read: the format's limits, checked before anything is made."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec._codec import IntArray, RejectError, in_range
from lava.lib.dl.spec._hdf5 import Chunked, Data, is_handle

MAX_RANK = 5
MAX_BYTES = 2**34
MAX_PACKING = 64
"""Most bytes a stored byte may unpack to; real weights pack two- to fourfold."""
SMALL = 2**12


def settle(source: Any) -> None:
    """Bring to disk what the writer behind an open h5py group still holds."""
    if is_handle(source) and source.file.mode != "r":
        source.file.flush()


def check_storage(data: Any) -> None:
    """Refuse data outside the file, and sizes that aren't really there."""
    if not isinstance(data, Data):
        raise RejectError("object-kind", "expected a data set, found a group")
    stored = data.storage.stored
    check_size(data.shape, data.type.size, stored)
    if isinstance(data.storage, Chunked):
        check_size((math.prod(data.storage.shape),), data.type.size, stored)
    elif stored < data.count * data.type.size:
        raise RejectError("size", f"shape {data.shape} needs more than {stored} bytes")


def check_size(shape: tuple[int, ...], item: int, stored: int) -> None:
    """Refuse a declared size that the stored bytes can't account for."""
    if len(shape) > MAX_RANK:
        raise RejectError(
            "limit", f"the data set has {len(shape)} axes; {MAX_RANK} at most"
        )
    declared = math.prod(shape) * item
    if declared > min(MAX_BYTES, stored * MAX_PACKING + SMALL) or (
        declared and not stored
    ):
        raise RejectError(
            "size",
            f"shape {shape} declares {declared} bytes, the file stores {stored}; "
            "write the data uncompressed",
        )


def numbers(data: Any) -> NDArray[Any]:
    """All numbers of a data set, as stored.

    Raises:
        RejectError: They aren't numbers, or can't be read safely.
    """
    check_storage(data)
    out = np.empty(data.shape, dtype=data.type.dtype)
    data.fill(out, lambda values, place: np.copyto(place, values))
    return out


def integers(data: Any, limits: tuple[int, int]) -> IntArray:
    """All numbers of a data set as int32, checked block by block.

    Raises:
        RejectError: They aren't numbers within the limits, or can't be read safely.
    """
    check_storage(data)

    def store(values: NDArray[Any], place: NDArray[Any]) -> None:
        check_block(values, limits)
        place[...] = values

    out = np.empty(data.shape, dtype=np.int32)
    data.fill(out, store)
    return out


def check_block(block: NDArray[Any], limits: tuple[int, int]) -> None:
    """Refuse values outside the limits; one fast sum settles all common blocks.

    No value is larger than the root of the sum of squares, and a nan makes it a nan.
    """
    least = min(-limits[0], limits[1])
    flat = block.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        if flat.dtype == np.float32 and np.dot(flat, flat) < float(least) ** 2:
            return
    in_range(flat.min(), flat.max(), limits)


def text_of(data: Any) -> bytes:
    """The text of a data set."""
    check_storage(data)
    if data.type.size > SMALL:
        raise RejectError("text", f"the text takes {data.type.size} bytes; 256 at most")
    return bytes(data.text())
