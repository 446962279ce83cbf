"""Variable-length texts, fetched without the HDF5 library.

libhdf5 2.0 loops forever on a global heap whose objects have impossible sizes, so the
heap is walked here: a few bytes of Python that always end.
"""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

from lava.lib.dl.spec._codec import RejectError

__all__ = ["stored_text"]

SIGNATURE = int.from_bytes(b"GCOL", "little")
HEADER = 16
"""Bytes before a heap's first object, and before each object's content."""
LONGEST = 256
LARGEST_HEAP = 2**22


def stored_text(data: h5py.Dataset) -> bytes | str:
    """The text of a one-element data set.

    Raises:
        RejectError: The text is damaged, too long, or kept in an unusual way.
    """
    info = h5py.check_string_dtype(data.dtype)
    if info is None or data.size != 1:
        raise RejectError("text", f"expected one text, found {data.dtype} {data.shape}")
    if info.length is not None or data.file.driver != "sec2":
        text: bytes | str = np.asarray(data[()]).reshape(-1)[0]
        return text
    offset = data.id.get_offset()
    if offset is None:
        raise RejectError("storage", "the text is not stored contiguously")
    plist = data.file.id.get_create_plist()
    address_width, size_width = plist.get_sizes()
    with Path(data.file.filename).open("rb") as raw:
        length, heap, index = _unpack(raw, offset, 4, address_width, 4)
        if length > LONGEST:
            raise RejectError("text", f"the text has {length} bytes; {LONGEST} at most")
        start = plist.get_userblock() + heap
        return _object(raw, start, index, size_width)[:length]


def _unpack(raw: BinaryIO, offset: int, *widths: int) -> list[int]:
    """Consecutive integers of the given numbers of bytes."""
    raw.seek(min(offset, 2**62))
    content = raw.read(sum(widths))
    if len(content) != sum(widths):
        raise RejectError("damaged", f"offset {offset} lies outside the file")
    ends = list(accumulate(widths))
    pieces = (
        content[end - width : end] for width, end in zip(widths, ends, strict=True)
    )
    return [int.from_bytes(piece, "little") for piece in pieces]


def _object(raw: BinaryIO, heap: int, index: int, size_width: int) -> bytes:
    signature, version, _, size = _unpack(raw, heap, 4, 1, 3, size_width)
    if signature != SIGNATURE or version != 1 or size > LARGEST_HEAP:
        raise RejectError("damaged", "the global heap of the text is damaged")
    place, end = heap + HEADER, heap + size
    while place + HEADER <= end:
        number, _, _, length = _unpack(raw, place, 2, 2, 4, size_width)
        if number == index and number:
            raw.seek(place + HEADER)
            return raw.read(min(length, LONGEST))
        if number == 0:
            break
        place += HEADER + (length + 7) // 8 * 8
    raise RejectError("damaged", "the text is not in its global heap")
