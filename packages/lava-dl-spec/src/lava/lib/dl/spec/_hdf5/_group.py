"""A group, and the file it is the root of."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5 import _attributes, _header
from lava.lib.dl.spec._hdf5._data import Data
from lava.lib.dl.spec._hdf5._header import Header, read_header
from lava.lib.dl.spec._hdf5._links import is_group, members
from lava.lib.dl.spec._hdf5._source import Source
from lava.lib.dl.spec._hdf5._superblock import find_root

SMALL = 2**22
"""Bytes of a file that is read at once."""


class Group:
    """A group.

    Attributes:
        source: The file.
        address: Where it lies, the same under all its names.
        root: Where the root group lies.
    """

    def __init__(self, source: Source, address: int, header: Header, root: int) -> None:
        self.source, self.address, self.root = source, address, root
        self._header = header
        self._open: dict[str, Group | Data] = {}

    @cached_property
    def members(self) -> dict[str, int | None]:
        """Address of each member by its name; None for a soft or external link."""
        return members(self.source, self._header)

    @cached_property
    def _attributes(self) -> dict[str, bytes]:
        return dict(_attributes.attributes(self.source, self._header))

    def child(self, path: str) -> Group | Data | None:
        """The object at a path below the group, or None.

        Raises:
            RejectError: A component is a soft or external link, or neither a group
                nor a data set.
        """
        name, _, rest = path.partition("/")
        if name not in self.members:
            return None
        if name not in self._open:
            self._open[name] = self._opened(name)
        member = self._open[name]
        if not rest:
            return member
        return member.child(rest) if isinstance(member, Group) else None

    def _opened(self, name: str) -> Group | Data:
        address = self.members[name]
        if address is None:
            raise RejectError("link", f"{name!r} is a link; store the object itself")
        return _object(self.source, address, self.root)

    @property
    def marks(self) -> list[str]:
        """Names of its attributes."""
        return list(self._attributes)

    def attribute(self, name: str) -> Any:
        """The value of an attribute: numbers as an array, a text as bytes; or None."""
        body = self._attributes.get(name)
        return None if body is None else _attributes.value(self.source, name, body)

    def file(self) -> Group:
        """The root group."""
        return _group_at(self.source, self.root, self.root)


def _object(source: Source, address: int, root: int) -> Group | Data:
    header = read_header(source, address)
    if is_group(header):
        return Group(source, address, header, root)
    if any(message.kind == _header.LAYOUT for message in header):
        return Data(source, address, header)
    raise RejectError("object-kind", "expected a group or a data set")


def _group_at(source: Source, address: int, root: int) -> Group:
    return group_of(_object(source, address, root))


def group_of(node: Group | Data | None) -> Group:
    """The object, if it is a group."""
    if not isinstance(node, Group):
        raise RejectError("object-kind", "expected a group, found a data set")
    return node


def is_handle(source: object) -> bool:
    """Whether it is an open group or file of h5py, which nobody need have imported."""
    h5py = sys.modules.get("h5py")
    return h5py is not None and isinstance(source, h5py.Group)


@contextmanager
def opened(source: Any) -> Iterator[Group]:
    """The group that an open h5py group is, or the root of the file at a path.

    One descriptor serves for all that is read, so that a file which is replaced
    meanwhile is still read as it was.

    Raises:
        RejectError: It is not an HDF5 file, or damaged.
    """
    if is_handle(source):
        yield _of_handle(source)
        return
    with Path(source).open("rb", buffering=0) as file:
        file_source = _source(file)
        root = find_root(file_source)
        yield _group_at(file_source, root, root)


def _source(file: FileIO) -> Source:
    size = os.fstat(file.fileno()).st_size
    if size <= SMALL:
        return in_memory(file.read(size) or b"")

    def fetch(start: int, count: int) -> bytes:
        file.seek(start)
        return file.read(count) or b""

    return Source(fetch, size)


def in_memory(content: bytes) -> Source:
    """The source of a file's content."""
    return Source(lambda start, count: content[start : start + count], len(content))


def _of_handle(group: Any) -> Group:
    """The same group, read past libhdf5."""
    import h5py

    file = group.file
    if file.driver == "sec2" and hasattr(os, "pread"):
        descriptor = file.id.get_vfd_handle()
        size = os.fstat(descriptor).st_size
        source = Source(lambda start, count: os.pread(descriptor, count, start), size)
    else:
        source = in_memory(file.id.get_file_image())
    return _group_at(source, h5py.h5o.get_info(group.id).addr, find_root(source))
