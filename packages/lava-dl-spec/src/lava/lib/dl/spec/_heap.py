"""Variable-length texts, fetched without the HDF5 library.

libhdf5 2.0 loops forever on a global heap whose objects have impossible sizes, so the
heap is walked here: a few bytes of Python that always end.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

from lava.lib.dl.spec._codec import RejectError

__all__ = ["stored_text"]

REFERENCE = struct.Struct("<IQI")
SIGNATURE = int.from_bytes(b"GCOL", "little")
HEADER = struct.Struct("<IB3xQ")
OBJECT = struct.Struct("<HH4xQ")
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
    with Path(data.file.filename).open("rb") as raw:
        length, heap, index = _unpack(raw, REFERENCE, offset)
        if length > LONGEST:
            raise RejectError("text", f"the text has {length} bytes; {LONGEST} at most")
        return _object(raw, heap, index)[:length]


def _unpack(raw: BinaryIO, form: struct.Struct, offset: int) -> tuple[int, ...]:
    raw.seek(min(offset, 2**62))
    content = raw.read(form.size)
    if len(content) != form.size:
        raise RejectError("damaged", f"offset {offset} lies outside the file")
    return form.unpack(content)


def _object(raw: BinaryIO, heap: int, index: int) -> bytes:
    signature, version, size = _unpack(raw, HEADER, heap)
    if signature != SIGNATURE or version != 1 or size > LARGEST_HEAP:
        raise RejectError("damaged", "the global heap of the text is damaged")
    place, end = heap + HEADER.size, heap + size
    while place + OBJECT.size <= end:
        number, _, length = _unpack(raw, OBJECT, place)
        if number == index and number:
            raw.seek(place + OBJECT.size)
            return raw.read(min(length, LONGEST))
        if number == 0:
            break
        place += OBJECT.size + (length + 7) // 8 * 8
    raise RejectError("damaged", "the text is not in its global heap")
