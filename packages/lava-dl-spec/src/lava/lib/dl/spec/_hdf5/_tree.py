"""B-trees, old and new, as iterators over their leaves."""

from __future__ import annotations

from collections.abc import Iterator

from lava.lib.dl.spec._hdf5._checksum import checked
from lava.lib.dl.spec._hdf5._source import Source, damaged

MAX_DEPTH = 8


def older_leaves(
    source: Source, address: int, kind: int, key_size: int, level: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Leaves of a version 1 B-tree, each as its number of children and its content.

    The content is that of keys and addresses of children in turn, beginning with a key.
    """
    layout = source.pattern("4sBBHOO")
    signature, stored, depth, used, _, _ = layout.unpack(
        source.read(address, layout.size)
    )
    if signature != b"TREE" or stored != kind or depth > MAX_DEPTH:
        raise damaged("a B-tree's node is none")
    if level is not None and depth != level:
        raise damaged("a B-tree's node is at the wrong level")
    stride = key_size + source.offset_size
    content = source.read(address + layout.size, used * stride)
    if depth == 0:
        yield used, content
        return
    for start in range(key_size, len(content), stride):
        (child,) = source.unpack("O", content, start)
        yield from older_leaves(source, child, kind, key_size, depth - 1)


def newer_records(source: Source, address: int, kind: int) -> Iterator[bytes]:
    """The records of a version 2 B-tree."""
    layout = source.pattern("4sBBIHHBBOHL")
    block = checked(source.read(address, layout.size + 4))
    signature, _, stored, node, size, depth, _, _, root, count, _ = layout.unpack(block)
    if signature != b"BTHD" or stored != kind or depth > MAX_DEPTH:
        raise damaged("a B-tree's header is none")
    if not 0 < size < node:
        raise damaged("a B-tree's records have no size")
    if not source.is_undefined(root):
        yield from _records(_Shape(source, node, size, depth), root, count, depth)


class _Shape:
    """Widths of what a version 2 B-tree's nodes say of their children."""

    def __init__(self, source: Source, node: int, size: int, depth: int) -> None:
        self.source, self.size = source, size
        most = (node - 10) // size
        self.count_width = byte_width(most)
        self.total_widths = [0]
        for _ in range(depth):
            pointer = self.pointer(len(self.total_widths))
            here = max(0, node - 10 - pointer) // (size + pointer)
            most = (here + 1) * most + here
            self.total_widths.append(byte_width(most))

    def pointer(self, depth: int) -> int:
        """Bytes of a pointer in a node at a depth above the leaves."""
        width = self.total_widths[depth - 1] + self.count_width
        return self.source.offset_size + width


def byte_width(most: int) -> int:
    """Bytes that hold counts up to ``most``."""
    return (max(most, 1).bit_length() - 1) // 8 + 1


def _records(shape: _Shape, address: int, count: int, depth: int) -> Iterator[bytes]:
    pointers = (count + 1) * shape.pointer(depth) if depth else 0
    block = checked(shape.source.read(address, 10 + count * shape.size + pointers))
    if block[:4] != (b"BTIN" if depth else b"BTLF"):
        raise damaged("a B-tree's node is none")
    end = 6 + count * shape.size
    for start in range(6, end, shape.size):
        yield block[start : start + shape.size]
    if depth:
        for start in range(end, len(block), shape.pointer(depth)):
            (child,) = shape.source.unpack("O", block, start)
            start += shape.source.offset_size
            number = block[start : start + shape.count_width]
            inner = int.from_bytes(number, "little")
            yield from _records(shape, child, inner, depth - 1)
