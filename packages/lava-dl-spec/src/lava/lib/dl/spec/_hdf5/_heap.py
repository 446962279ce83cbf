"""Heaps of older files: local ones of names, global ones of texts."""

from __future__ import annotations

from lava.lib.dl.spec._hdf5._source import Source, damaged

LARGEST = 2**22
GLOBAL_HEADER = 16
"""Bytes before a global heap's first object, and before each object's content."""


def local_heap(source: Source, address: int) -> bytes:
    """The bytes of a local heap."""
    signature, _, size, _, start = source.unpack_at("4sB3xLLO", address)
    if signature != b"HEAP" or size > LARGEST:
        raise damaged("a heap of names is none")
    return source.read(start, size)


def global_object(source: Source, address: int, index: int) -> bytes:
    """The content of an object of a global heap.

    The heap read last is kept, as texts lie in it one behind the other.
    """
    heap = source.shared.get("heap")
    if heap is None or heap[0] != address:
        heap = source.shared["heap"] = (address, *_global_heap(source, address))
    _, content, extents = heap
    if index not in extents:
        raise damaged("a text is not in its global heap")
    start, length = extents[index]
    return bytes(content[start : start + length])


def _global_heap(
    source: Source, address: int
) -> tuple[bytes, dict[int, tuple[int, int]]]:
    signature, version, size = source.unpack_at("4sB3xL", address)
    if signature != b"GCOL" or version != 1 or size > LARGEST:
        raise damaged("a global heap is none")
    content = source.read(address, size)
    extents: dict[int, tuple[int, int]] = {}
    place = GLOBAL_HEADER
    while place + GLOBAL_HEADER <= size:
        number, _, length = source.unpack("HH4xL", content, place)
        if number == 0:
            break
        place += GLOBAL_HEADER
        extents[number] = place, length
        place += -(-length // 8) * 8
    if place > size:
        raise damaged("a global heap's object is larger than the heap")
    return content, extents
