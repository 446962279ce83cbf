"""The attributes of an object."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5 import _header
from lava.lib.dl.spec._hdf5._data import is_null, read_space
from lava.lib.dl.spec._hdf5._header import Header
from lava.lib.dl.spec._hdf5._links import dense_messages
from lava.lib.dl.spec._hdf5._source import Source, damaged
from lava.lib.dl.spec._hdf5._types import FixedText, read_type

NAME_TREE = 8
MAX_BYTES = 2**12


def attributes(source: Source, header: Header) -> Iterator[tuple[str, bytes]]:
    """Name and message of each attribute."""
    for body in _messages(source, header):
        version, _, *sizes = source.unpack("BBHHH", body)
        start = _start(version)
        name = body[start : start + sizes[0]].rstrip(b"\0")
        yield name.decode("utf-8", "backslashreplace"), body


def _start(version: int) -> int:
    if version not in (1, 2, 3):
        raise damaged(f"attribute version {version} is unknown")
    return 9 if version == 3 else 8


def _messages(source: Source, header: Header) -> Iterator[bytes]:
    for kind, _, body in header:
        if kind == _header.ATTRIBUTE:
            yield body
        elif kind == _header.ATTRIBUTE_INFO:
            start = 2 + 2 * (body[1:2] in (b"\1", b"\3"))
            heap, tree = source.unpack("OO", body, start)
            yield from dense_messages(source, heap, tree, NAME_TREE, 0)


def _padded(sizes: list[int], version: int) -> list[int]:
    """The sizes of name, type and shape; the first version filled them up."""
    return [-(-size // 8) * 8 for size in sizes] if version == 1 else sizes


def value(source: Source, name: str, body: bytes) -> Any:
    """The value that an attribute's message holds: an array, or a text as bytes.

    None where it holds nothing at all.

    Raises:
        RejectError: It is neither, or larger than 4096 bytes.
    """
    version, flags, *stored = source.unpack("BBHHH", body)
    if version > 1 and flags:
        raise RejectError("storage", f"attribute {name} has a shared type")
    sizes = _padded(stored, version)
    middle = _start(version) + sizes[0]
    end = middle + sizes[1]
    kind = read_type(source, body[middle:end])
    if is_null(source, body[end : end + sizes[2]]):
        return None
    shape = read_space(source, body[end : end + sizes[2]])
    declared = math.prod(shape) * kind.size
    if declared > MAX_BYTES:
        raise RejectError("size", f"attribute {name} is larger than {MAX_BYTES} bytes")
    content = body[end + sizes[2] :][:declared]
    if len(content) != declared:
        raise damaged(f"attribute {name} is cut short")
    if isinstance(kind, FixedText) and math.prod(shape) == 1:
        return kind.text(content)
    return kind.numbers(content).reshape(shape)
