"""The bytes of a file: within its bounds, and not over and over."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lava.lib.dl.spec._codec import RejectError

ALLOWANCE = 3
"""How often the whole file may be read; a sound one is read once."""
SLACK = 2**16
LETTERS = {2: "H", 4: "I", 8: "Q"}


def damaged(what: str) -> RejectError:
    """The refusal of a structure that no writer makes."""
    return RejectError("damaged", f"the HDF5 file is damaged: {what}")


@lru_cache(256)
def _pattern(pattern: str, offset_letter: str, length_letter: str) -> struct.Struct:
    named = pattern.replace("O", offset_letter).replace("L", length_letter)
    return struct.Struct("<" + named)


class Source:
    """A file's bytes, at addresses counted from its superblock.

    Attributes:
        size: Bytes of the file.
        base: Where its superblock lies, which is address 0.
        offset_size: Bytes of a stored address.
        length_size: Bytes of a stored length.
        shared: What was made of objects that several names may lead to.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self.size = size
        self.base = 0
        self.offset_size = self.length_size = 8
        self.shared: dict[Any, Any] = {}
        self._fetch = fetch
        self._left = ALLOWANCE * size + SLACK
        self._claimed: set[int] = set()
        self._unclaimed = size

    def set_sizes(self, offset_size: int, length_size: int) -> None:
        """Fix the widths of addresses and lengths."""
        if offset_size not in LETTERS or length_size not in LETTERS:
            raise damaged(f"addresses of {offset_size}, lengths of {length_size} bytes")
        self.offset_size, self.length_size = offset_size, length_size

    def read(self, address: int, count: int) -> bytes:
        """Bytes at an address.

        Raises:
            RejectError: They lie outside the file, or too much was read already.
        """
        start = self.base + address
        if start + count > self.size:
            raise damaged(f"{count} bytes at {address} lie outside the file")
        self._left -= count
        if self._left < 0:
            raise RejectError("limit", "the file's structures share their bytes")
        content = self._fetch(start, count)
        if len(content) != count:
            raise damaged("it became shorter while it was read")
        return content

    def claim(self, address: int, stored: int) -> None:
        """Count the bytes of the data set at an address; none may belong to two."""
        if address in self._claimed:
            return
        self._claimed.add(address)
        self._unclaimed -= stored
        if self._unclaimed < 0:
            raise RejectError("size", "data sets share stored bytes; store each")

    def pattern(self, pattern: str) -> struct.Struct:
        """A layout of struct's letters, with O for an address and L for a length."""
        letters = LETTERS[self.offset_size], LETTERS[self.length_size]
        return _pattern(pattern, *letters)

    def unpack(self, pattern: str, content: bytes, start: int = 0) -> tuple[Any, ...]:
        """The values that bytes hold in a layout."""
        try:
            return self.pattern(pattern).unpack_from(content, start)
        except struct.error:
            raise damaged("a structure is cut short") from None

    def unpack_at(self, pattern: str, address: int) -> tuple[Any, ...]:
        """The values at an address."""
        layout = self.pattern(pattern)
        return layout.unpack(self.read(address, layout.size))

    def is_undefined(self, address: int) -> bool:
        """Whether an address stands for nothing."""
        return address == (1 << 8 * self.offset_size) - 1
