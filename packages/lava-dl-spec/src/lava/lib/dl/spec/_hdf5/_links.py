"""The members of a group, however the file keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5 import _header
from lava.lib.dl.spec._hdf5._fractal import FractalHeap
from lava.lib.dl.spec._hdf5._header import Header
from lava.lib.dl.spec._hdf5._heap import local_heap
from lava.lib.dl.spec._hdf5._source import Source, damaged
from lava.lib.dl.spec._hdf5._tree import newer_records, older_leaves

MAX_MEMBERS = 2**16
GROUP_TREE, NAME_TREE = 0, 5
CACHED_SOFT = 2
HARD = 0

Link = tuple[str, int | None]


def is_group(header: Header) -> bool:
    """Whether the messages are those of a group."""
    kinds = {message.kind for message in header}
    return bool(kinds & {_header.MEMBERS, _header.LINK_INFO, _header.LINK})


def members(source: Source, header: Header) -> dict[str, int | None]:
    """Address of each member by its name; None for a soft or external link."""
    addresses: dict[str, int | None] = {}
    for name, address in _links(source, header):
        if len(addresses) == MAX_MEMBERS:
            raise RejectError("limit", f"a group has over {MAX_MEMBERS} members")
        if name in addresses:
            raise damaged(f"two members of a group are named {name!r:.60}")
        addresses[name] = address
    return addresses


def _links(source: Source, header: Header) -> Iterator[Link]:
    for kind, _, body in header:
        if kind == _header.MEMBERS:
            yield from _older(source, *source.unpack("OO", body))
        elif kind == _header.LINK:
            yield _link(source, body)
        elif kind == _header.LINK_INFO:
            start = 2 + 8 * (body[1:2] in (b"\1", b"\3"))
            heap, tree = source.unpack("OO", body, start)
            for stored in dense_messages(source, heap, tree, NAME_TREE, 4):
                yield _link(source, stored)


def dense_messages(
    source: Source, heap: int, tree: int, kind: int, skipped: int
) -> Iterator[bytes]:
    """Messages that a newer file keeps outside the header.

    Args:
        source: The file.
        heap: Address of the heap that holds them; undefined where there are none.
        tree: Address of the B-tree that lists them.
        kind: Kind of that tree.
        skipped: Bytes of its records before the identity in the heap.
    """
    if source.is_undefined(heap) or source.is_undefined(tree):
        return
    objects = FractalHeap(source, heap)
    for record in newer_records(source, tree, kind):
        yield objects.get(record[skipped:] + bytes(16))


def _older(source: Source, tree: int, heap: int) -> Iterator[Link]:
    names = local_heap(source, heap)
    leaves = older_leaves(source, tree, GROUP_TREE, source.length_size)
    pair = source.pattern("LO")
    for used, content in leaves:
        for index in range(used):
            _, child = pair.unpack_from(content, index * pair.size)
            yield from _symbols(source, child, names)


def _symbols(source: Source, address: int, names: bytes) -> Iterator[Link]:
    signature, count = source.unpack_at("4s2xH", address)
    if signature != b"SNOD":
        raise damaged("a list of a group's members is none")
    entry = source.pattern("OOI20x")
    content = source.read(address + 8, count * entry.size)
    for place, member, cached in entry.iter_unpack(content):
        end = names.find(b"\0", place)
        if end < 0:
            raise damaged("a name lies outside its heap")
        yield _text(names[place:end]), None if cached == CACHED_SOFT else member


def _link(source: Source, body: bytes) -> Link:
    version, flags = source.unpack("BB", body)
    place = 2 + bool(flags & 8) + 8 * bool(flags & 4) + bool(flags & 16)
    kind = body[2] if flags & 8 and len(body) > 2 else HARD
    width = 1 << (flags & 3)
    length = int.from_bytes(body[place : place + width], "little")
    place += width
    name = body[place : place + length]
    if version != 1 or len(name) != length:
        raise damaged("a link is none")
    if kind != HARD:
        return _text(name), None
    return _text(name), source.unpack("O", body, place + length)[0]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
