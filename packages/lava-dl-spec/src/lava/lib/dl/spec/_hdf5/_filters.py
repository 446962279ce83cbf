"""Undoing what a chunk went through before it was stored."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._checksum import fletcher32
from lava.lib.dl.spec._hdf5._source import Source, damaged

DEFLATE, SHUFFLE, FLETCHER = 1, 2, 3


@dataclass(frozen=True)
class Pipeline:
    """The filters of a data set's chunks, in the order of writing.

    Attributes:
        codes: Their codes, none of them twice.
        size: Bytes of an element, which a shuffle takes apart.
    """

    codes: tuple[int, ...] = ()
    size: int = 1

    def undo(self, stored: bytes, skipped: int, expected: int) -> bytes:
        """A chunk as it was before.

        Args:
            stored: What the file has.
            skipped: Bits of the filters that this chunk did not go through.
            expected: Bytes that must come out; no more are ever made.

        Raises:
            RejectError: Other bytes come out, or a checksum is wrong.
        """
        used = [c for i, c in enumerate(self.codes) if not skipped >> i & 1]
        lengths = dict.fromkeys(used, expected)
        if FLETCHER in used:
            inner = used[used.index(FLETCHER) + 1 :]
            lengths |= dict.fromkeys(inner, expected + 4)
        for code in reversed(used):
            stored = UNDO[code](stored, self.size, lengths[code])
        if len(stored) != expected:
            raise damaged(f"a chunk has {len(stored)} bytes in place of {expected}")
        return stored


def inflated(stored: bytes, _: int, expected: int) -> bytes:
    """Deflated bytes unpacked, to one more than expected at most."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stored, expected + 1)
    except zlib.error:
        raise damaged("a chunk can't be unpacked") from None
    if len(content) != expected or not unpacker.eof:
        raise damaged(f"a chunk doesn't unpack to {expected} bytes")
    return content


def unshuffled(stored: bytes, size: int, _: int) -> bytes:
    """Bytes of the same significance brought back to their elements."""
    whole = len(stored) // size * size
    planes = np.frombuffer(stored[:whole], np.uint8).reshape(size, -1)
    content: bytes = planes.T.tobytes()
    return content + stored[whole:]


def verified(stored: bytes, _: int, __: int) -> bytes:
    """Bytes without the checksum behind them."""
    content = stored[:-4]
    if len(stored) < 4 or fletcher32(content) != int.from_bytes(stored[-4:], "little"):
        raise damaged("a chunk's checksum is wrong")
    return content


UNDO: dict[int, Callable[[bytes, int, int], bytes]] = {
    DEFLATE: inflated,
    SHUFFLE: unshuffled,
    FLETCHER: verified,
}


def read_filters(source: Source, body: bytes, size: int) -> Pipeline:
    """The filters that a message lists.

    Raises:
        RejectError: One is unknown, or there twice.
    """
    version, count = source.unpack("BB", body)
    place = 8 if version == 1 else 2
    codes: list[int] = []
    for _ in range(count):
        (code,) = source.unpack("H", body, place)
        if code not in UNDO:
            raise RejectError(
                "storage", f"filter {code} is not read; write unfiltered data"
            )
        if code in codes:
            raise RejectError(
                "storage", f"filter {code} is there twice; write unfiltered data"
            )
        codes.append(code)
        place += _length(source, body, place, version)
    return Pipeline(tuple(codes), size)


def _length(source: Source, body: bytes, place: int, version: int) -> int:
    """Bytes of a known filter's entry, whose parameters don't matter here."""
    if version != 1:
        (values,) = source.unpack("H", body, place + 4)
        return 6 + 4 * int(values)
    name, _, values = source.unpack("HHH", body, place + 2)
    return int(8 + -(-name // 8) * 8 + 4 * (values + values % 2))
