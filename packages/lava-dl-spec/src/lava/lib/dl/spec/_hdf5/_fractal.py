"""Fractal heaps, in which groups of newer files keep more than a few links."""

from __future__ import annotations

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._checksum import checked, lookup3
from lava.lib.dl.spec._hdf5._source import Source, damaged
from lava.lib.dl.spec._hdf5._tree import byte_width

MAX_ROWS = 64
NOT_MANAGED = 0x30
"""Bits of an identity whose object lies elsewhere, being huge or tiny."""


class FractalHeap:
    """The objects of a fractal heap."""

    def __init__(self, source: Source, address: int) -> None:
        self.source = source
        layout = source.pattern("4sBHHBILOLOLLLLLLLLHLLHHOH")
        entry = layout.unpack(checked(source.read(address, layout.size + 4)))
        signature, _, _, filters, flags, largest = entry[:6]
        self.width, self.first, self.most, bits, _, root, rows = entry[18:]
        if signature != b"FRHP" or not (self.width and self.first and self.most):
            raise damaged("a heap of links is none")
        if filters:
            raise RejectError("storage", "filtered links are not read")
        self.offset_bytes = (bits + 7) // 8
        self.length_bytes = min(byte_width(2 * self.most - 1), byte_width(largest))
        self.header = 5 + source.offset_size + self.offset_bytes
        self.is_checked = bool(flags & 2)
        self.blocks = self._table(root, rows) if rows else [(0, self.first, root)]
        self._contents: dict[int, bytes] = {}

    def _table(self, root: int, rows: int) -> list[tuple[int, int, int]]:
        """Offset, size and address of each direct block under the root."""
        sizes = [self.first << max(row - 1, 0) for row in range(min(rows, MAX_ROWS))]
        if sizes[-1] > self.most or rows > MAX_ROWS:
            raise RejectError("storage", "groups of so many members are not read")
        count = rows * self.width
        used = self.header + count * self.source.offset_size
        block = checked(self.source.read(root, used + 4))
        if block[:4] != b"FHIB":
            raise damaged("a heap's table is none")
        children = self.source.unpack(f"{count}O", block, self.header)
        table, offset = [], 0
        for index, child in enumerate(children):
            size = sizes[index // self.width]
            table.append((offset, size, child))
            offset += size
        return table

    def get(self, identity: bytes) -> bytes:
        """The content of the object with an identity."""
        if identity[0] & NOT_MANAGED:
            raise RejectError("storage", "links of so many bytes are not read")
        middle = 1 + self.offset_bytes
        offset = int.from_bytes(identity[1:middle], "little")
        stored = identity[middle : middle + self.length_bytes]
        length = int.from_bytes(stored, "little")
        for start, size, address in self.blocks:
            if start <= offset and offset + length <= start + size:
                place = offset - start
                return self._block(address, size)[place : place + length]
        raise damaged("a link is not in its heap")

    def _block(self, address: int, size: int) -> bytes:
        content = self._contents.get(address)
        if content is None:
            content = self._contents[address] = self.source.read(address, size)
            if content[:4] != b"FHDB" or not self._is_sound(content):
                raise damaged("a block of a heap is none")
        return content

    def _is_sound(self, content: bytes) -> bool:
        if not self.is_checked:
            return True
        end = self.header + 4
        blank = content[: self.header] + bytes(4) + content[end:]
        stored = int.from_bytes(content[self.header : end], "little")
        return lookup3(blank) == stored
