"""Where a data set's bytes lie: in the header, in one piece, or in chunks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._checksum import checked
from lava.lib.dl.spec._hdf5._source import Source, damaged
from lava.lib.dl.spec._hdf5._tree import older_leaves

COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = 0, 1, 2, 3
CHUNK_TREE = 1
SINGLE, IMPLICIT, FIXED_ARRAY = 1, 2, 3
MAX_AXES = 33
MAX_LISTED = 2**16
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Whole:
    """Bytes in one piece.

    Attributes:
        stored: Number of bytes.
        address: Where they lie, if not in the header.
        content: The bytes, if they lie in the header.
    """

    stored: int
    address: int = 0
    content: bytes | None = None

    def read(self, source: Source, start: int, count: int) -> bytes:
        """Some of the bytes."""
        if self.content is None:
            return source.read(self.address + start, count)
        return self.content[start : start + count]


@dataclass(frozen=True)
class Chunked:
    """Pieces of one shape.

    Attributes:
        stored: Number of bytes of all pieces.
        shape: Shape of a piece.
        index: Size, skipped filters, offset and address of each piece.
    """

    stored: int
    shape: Shape
    index: tuple[NDArray[np.void], ...]

    @property
    def count(self) -> int:
        """Number of pieces that are stored."""
        return sum(map(len, self.index))

    def grid(self, shape: Shape) -> Shape:
        """Number of places for pieces along each axis of the data."""
        return _grid(shape, self.shape)

    def pieces(self) -> Iterator[tuple[int, int, Shape, int]]:
        """Size, skipped filters, offset and address of each piece."""
        for part in self.index:
            # Column by column: numpy 1 leaves arrays in a list of records.
            columns = (part[name].tolist() for name in NEEDED)
            yield from zip(*columns, strict=True)


Storage = Whole | Chunked


def read_storage(
    source: Source, body: bytes, shape: Shape, size: int, is_filtered: bool
) -> Storage:
    """What a layout message says.

    Args:
        source: The file.
        body: The message.
        shape: Shape of the data set.
        size: Bytes of an element.
        is_filtered: Whether chunks have sizes of their own.

    Raises:
        RejectError: The data are not in the file, or their index is damaged.
    """
    storage = _described(source, body, shape, size, is_filtered)
    if storage.stored > source.size:
        raise RejectError("size", "data are larger than the file that stores them")
    return storage


def _described(
    source: Source, body: bytes, shape: Shape, size: int, is_filtered: bool
) -> Storage:
    version, kind = source.unpack("BB", body)
    if version < 3:
        raise RejectError("storage", f"data layout version {version} is not read")
    if kind == VIRTUAL:
        raise RejectError(
            "storage", "virtual data sets are not read; store the data itself"
        )
    if kind == COMPACT:
        (length,) = source.unpack("H", body, 2)
        return Whole(min(length, len(body) - 4), content=body[4 : 4 + length])
    if kind == CONTIGUOUS:
        address, length = source.unpack("OL", body, 2)
        return Whole(0 if source.is_undefined(address) else length, address)
    if kind != CHUNKED:
        raise damaged(f"data layout {kind} is unknown")
    read = _older_chunks if version == 3 else _newer_chunks
    piece, parts = read(source, body, shape, size, is_filtered)
    stored = sum(int(part["size"].sum(dtype=np.uint64)) for part in parts)
    return Chunked(stored, piece, tuple(parts))


def _entries(rank: int, offset_size: int, size_type: str = "<u4") -> np.dtype[np.void]:
    """An entry of the older index; its offset counts the element as an axis, too."""
    return np.dtype(
        [
            ("size", size_type),
            ("skipped", "<u4"),
            ("offset", "<u8", (rank,)),
            ("last", "<u8"),
            ("address", f"<u{offset_size}"),
        ]
    )


NEEDED = ["size", "skipped", "offset", "address"]
Found = tuple[Shape, list[NDArray[np.void]]]


def _older_chunks(
    source: Source, body: bytes, shape: Shape, size: int, is_filtered: bool
) -> Found:
    (axes,) = source.unpack("B", body, 2)
    address, *piece = source.unpack(f"O{min(axes, MAX_AXES)}I", body, 3)
    if len(piece) != len(shape) + 1 or piece[-1] != size:
        raise damaged("the shape of chunks doesn't fit the data")
    entry = _entries(len(shape), source.offset_size)
    key = entry.itemsize - source.offset_size
    parts: list[NDArray[np.void]] = []
    if not source.is_undefined(address):
        for used, content in older_leaves(source, address, CHUNK_TREE, key):
            parts.append(np.frombuffer(content, entry, used)[NEEDED])
    return tuple(piece[:-1]), parts


def _newer_chunks(
    source: Source, body: bytes, shape: Shape, size: int, is_filtered: bool
) -> Found:
    flags, axes, width = source.unpack("BBB", body, 2)
    place = 5 + axes * width
    sides = [
        int.from_bytes(body[i : i + width], "little")
        for i in range(5, place, max(width, 1))
    ]
    if len(sides) != len(shape) + 1 or sides[-1] != size or len(body) <= place:
        raise damaged("the shape of chunks doesn't fit the data")
    piece, kind = tuple(sides[:-1]), body[place]
    whole = math.prod(piece) * size
    if kind == SINGLE:
        stored = whole, 0
        if flags & 2:
            stored = source.unpack("LI", body, place + 1)
            place += source.length_size + 4
        (address,) = source.unpack("O", body, place + 1)
        return piece, _index(source, shape, piece, [(*stored, address)])
    if kind == IMPLICIT:
        (address,) = source.unpack("O", body, place + 1)
        count = math.prod(_grid(shape, piece))
        if count > MAX_LISTED or count * whole > source.size:
            raise RejectError("storage", "so many chunks are not read; use larger ones")
        if source.is_undefined(address):
            return piece, []
        starts = range(address, address + count * whole, whole or 1)
        return piece, _index(source, shape, piece, [(whole, 0, a) for a in starts])
    if kind == FIXED_ARRAY:
        (address,) = source.unpack("O", body, place + 2)
        listed = _fixed_array(source, address, whole, is_filtered)
        return piece, _index(source, shape, piece, listed)
    raise RejectError(
        "storage", "this index of chunks is not read; write the data in one piece"
    )


def _grid(shape: Shape, piece: Shape) -> Shape:
    """Number of pieces along each axis."""
    if 0 in piece:
        raise damaged("a chunk has no size")
    return tuple(-(-n // k) for n, k in zip(shape, piece, strict=True))


def _index(
    source: Source, shape: Shape, piece: Shape, listed: list[tuple[int, int, int]]
) -> list[NDArray[np.void]]:
    """The pieces in order of their places; those that were never stored left out."""
    grid = _grid(shape, piece)
    if len(listed) > math.prod(grid):
        raise damaged("there are more chunks than places")
    if any(size > source.size for size, _, _ in listed):
        raise RejectError("size", "a chunk is larger than the file")
    part = np.zeros(len(listed), _entries(len(shape), 8, "<u8")[NEEDED])
    grid_indices = np.unravel_index(np.arange(len(listed)), grid) if listed else ()
    for axis, (row, side) in enumerate(zip(grid_indices, piece, strict=False)):
        part["offset"][:, axis] = row * side
    for name, column in zip(
        ("size", "skipped", "address"), zip(*listed, strict=True), strict=False
    ):
        part[name] = column
    return [part[[not source.is_undefined(address) for _, _, address in listed]]]


def _fixed_array(
    source: Source, address: int, whole: int, is_filtered: bool
) -> list[tuple[int, int, int]]:
    if source.is_undefined(address):
        return []
    layout = source.pattern("4sBBBBLO")
    block = checked(source.read(address, layout.size + 4))
    signature, _, client, width, page, count, start = layout.unpack(block)
    if signature != b"FAHD" or client != is_filtered:
        raise damaged("an index of chunks is none")
    if count > min(MAX_LISTED, 1 << min(page, 16)):
        raise RejectError("storage", "so many chunks are not read; use larger ones")
    if source.is_undefined(start):
        return []
    head = 6 + source.offset_size
    content = checked(source.read(start, head + count * width + 4))
    if content[:4] != b"FADB":
        raise damaged("an index of chunks is none")
    if not is_filtered:
        return [(whole, 0, a) for a in source.unpack(f"{count}O", content, head)]
    size_width = width - source.offset_size - 4
    chunks = []
    for place in range(head, head + count * width, max(width, 1)):
        middle = place + source.offset_size
        (here,) = source.unpack("O", content, place)
        size = int.from_bytes(content[middle : middle + size_width], "little")
        (skipped,) = source.unpack("I", content, middle + size_width)
        chunks.append((size, skipped, here))
    return chunks
