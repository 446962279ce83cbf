"""A data set: its type, its shape, and its values block by block."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5 import _header
from lava.lib.dl.spec._hdf5._filters import Pipeline, read_filters
from lava.lib.dl.spec._hdf5._header import Header
from lava.lib.dl.spec._hdf5._heap import global_object
from lava.lib.dl.spec._hdf5._source import Source, damaged
from lava.lib.dl.spec._hdf5._storage import Chunked, Storage, read_storage
from lava.lib.dl.spec._hdf5._types import FixedText, HeapText, Type, read_type

BLOCK = 2**17
"""Elements read at a time, few enough to stay in the cache."""
MAX_COUNT = 2**56
"""Elements of a shape, so that no product of sizes leaves numpy's integers."""
NULL_SPACE = 2
Store = Callable[[NDArray[Any], NDArray[Any]], None]


class Data:
    """A data set.

    Attributes:
        source: The file.
        address: Where it lies, the same under all its names.
    """

    def __init__(self, source: Source, address: int, header: Header) -> None:
        self.source, self.address = source, address
        self._messages = {message.kind: message.body for message in header}

    def _message(self, kind: int) -> bytes:
        if kind not in self._messages:
            raise damaged("a data set lacks its type, shape or layout")
        return self._messages[kind]

    @cached_property
    def type(self) -> Type:
        """Type of an element."""
        return read_type(self.source, self._message(_header.TYPE))

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return read_space(self.source, self._message(_header.SPACE))

    @property
    def is_null(self) -> bool:
        """Whether it holds no value at all, not even none of a shape."""
        return is_null(self.source, self._message(_header.SPACE))

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @cached_property
    def pipeline(self) -> Pipeline:
        """What its chunks went through."""
        body = self._messages.get(_header.FILTERS)
        return read_filters(self.source, body, self.type.size) if body else Pipeline()

    @cached_property
    def storage(self) -> Storage:
        """Where its bytes lie; RejectError if outside the file."""
        if _header.EXTERNAL in self._messages:
            raise RejectError(
                "storage", "the data are kept in another file; store them here"
            )
        body, filtered = self._message(_header.LAYOUT), bool(self.pipeline.codes)
        return read_storage(self.source, body, self.shape, self.type.size, filtered)

    def fill(self, out: NDArray[Any], store: Store) -> None:
        """Hand over all numbers.

        Args:
            out: An array of the data set's shape.
            store: Called with numbers and the part of ``out`` that is theirs.
        """
        storage = self.storage
        self.source.claim(self.address, storage.stored)
        if isinstance(storage, Chunked):
            self._fill_chunks(storage, out, store)
            return
        flat, size = out.reshape(-1), self.type.size
        for start in range(0, self.count, BLOCK):
            part = flat[start : start + BLOCK]
            content = storage.read(self.source, start * size, len(part) * size)
            store(self.type.numbers(content), part)

    def _fill_chunks(self, storage: Chunked, out: NDArray[Any], store: Store) -> None:
        if storage.count < math.prod(storage.grid(self.shape)):
            absent = np.empty(1, out.dtype)
            store(self.type.numbers(self._fill_value()), absent)
            out[...] = absent[0]
        whole = math.prod(storage.shape) * self.type.size
        before: tuple[int, ...] = ()
        for size, skipped, offset, address in storage.pieces():
            here = tuple(offset)
            sides = list(zip(here, storage.shape, self.shape, strict=True))
            if here <= before or any(o % k or o >= n for o, k, n in sides):
                raise damaged("a chunk has no place")
            before = here
            stored = self.source.read(address, size)
            content = self.pipeline.undo(stored, skipped, whole)
            values = self.type.numbers(content).reshape(storage.shape)
            kept = tuple(slice(min(k, n - o)) for o, k, n in sides)
            place = tuple(slice(o, o + k) for o, k, _ in sides)
            store(values[kept], out[place])

    def _fill_value(self) -> bytes:
        """What stands for chunks that were never stored."""
        body = self._messages.get(_header.FILL, b"\0")
        has_value = body[1:2] and body[1] & 32 if body[0] == 3 else body[3:4] == b"\1"
        start = 6 if body[0] == 3 else 8
        value = body[start : start + self.type.size] if has_value else b""
        return value if len(value) == self.type.size else bytes(self.type.size)

    def text(self) -> bytes:
        """The text of a one-element data set.

        Raises:
            RejectError: It holds none, or more than one.
        """
        kind = self.type
        if not isinstance(kind, FixedText | HeapText) or self.count != 1:
            raise RejectError(
                "text", f"expected one text, found {kind.name} of shape {self.shape}"
            )
        storage = self.storage
        self.source.claim(self.address, storage.stored)
        if not isinstance(storage, Chunked):
            return text_of(self.source, kind, storage.read(self.source, 0, kind.size))
        if storage.count != 1:
            raise damaged("a text is in no chunk")
        size, skipped, _, address = next(storage.pieces())
        stored = self.source.read(address, size)
        whole = math.prod(storage.shape) * kind.size
        content = self.pipeline.undo(stored, skipped, whole)
        return text_of(self.source, kind, content[: kind.size])


def text_of(source: Source, kind: Type, content: bytes) -> bytes:
    """The text that stored bytes stand for."""
    if isinstance(kind, FixedText):
        return kind.text(content)
    length, heap, index = source.unpack("IOI", content)
    if not length:
        return b""
    stored = global_object(source, heap, index)
    if len(stored) < length:
        raise damaged("a text is longer than what is stored of it")
    return stored[:length]


def is_null(source: Source, body: bytes) -> bool:
    """Whether a message describes a null data space."""
    version, _, _, kind = source.unpack("BBBB", body)
    return bool(version == 2 and kind == NULL_SPACE)


def read_space(source: Source, body: bytes) -> tuple[int, ...]:
    """The shape that a message describes."""
    version, rank, *_ = source.unpack("BBBB", body)
    if is_null(source, body):
        raise RejectError("size", "the data set is empty (null data space)")
    if version not in (1, 2):
        raise damaged(f"data space version {version} is unknown")
    sides: tuple[int, ...] = source.unpack(f"{rank}L", body, 8 if version == 1 else 4)
    if math.prod(side or 1 for side in sides) > MAX_COUNT:
        raise RejectError("size", f"shape {sides} is larger than any memory")
    return sides
