"""Object headers: the messages that describe a group or a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._checksum import checked
from lava.lib.dl.spec._hdf5._source import Source, damaged

SPACE, LINK_INFO, TYPE, FILL, LINK, EXTERNAL, LAYOUT = 1, 2, 3, 5, 6, 7, 8
FILTERS, ATTRIBUTE, CONTINUATION, MEMBERS, ATTRIBUTE_INFO = 11, 12, 16, 17, 21
KEPT = {
    *(SPACE, LINK_INFO, TYPE, FILL, LINK, EXTERNAL, LAYOUT),
    *(FILTERS, ATTRIBUTE, MEMBERS, ATTRIBUTE_INFO),
}
MAX_MESSAGES = 2**12
MAX_BLOCKS = 2**8
IS_SHARED = 2
SHARED_HEAP = 1


class Message(NamedTuple):
    """One message: its kind, its flags, its content."""

    kind: int
    flags: int
    body: bytes


Header = list[Message]


def read_header(source: Source, address: int) -> Header:
    """The messages of the object at an address."""
    messages: Header = []
    for index, message in enumerate(_all_messages(source, address)):
        if index == MAX_MESSAGES:
            raise RejectError("limit", f"an object has over {MAX_MESSAGES} messages")
        if message.kind in KEPT:
            messages.append(_resolved(source, message))
    return messages


def _older(source: Source, address: int) -> Iterator[Message]:
    version, _, _, _, size = source.unpack_at("BBHII", address)
    if version != 1:
        raise damaged(f"there is no object at address {address}")
    blocks = [(address + 16, size)]
    for start, length in blocks:
        yield from _messages(source, source.read(start, length), "HHB3x", blocks)


def _newer_blocks(source: Source, address: int) -> Iterator[Message]:
    version, flags = source.unpack_at("BB", address + 4)
    if version != 2:
        raise damaged(f"object header version {version} is unknown")
    start = 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    size = int.from_bytes(source.read(address + start, width), "little")
    first = start + width
    blocks = [(address, first + size + 4)]
    layout = "BHBH" if flags & 4 else "BHB"
    for number, (place, length) in enumerate(blocks):
        block = checked(source.read(place, length))
        if number and not block.startswith(b"OCHK"):
            raise damaged("an object header goes on nowhere")
        content = block[4 if number else first :]
        yield from _messages(source, content, layout, blocks)


def _messages(
    source: Source, block: bytes, layout: str, blocks: list[tuple[int, int]]
) -> Iterator[Message]:
    """The messages of a block; where they go on is noted behind the blocks."""
    prefix = source.pattern(layout)
    place = 0
    # What remains after the last message is a gap.
    while place + prefix.size <= len(block):
        kind, size, flags = prefix.unpack_from(block, place)[:3]
        place += prefix.size
        if place + size > len(block):
            raise damaged("a header's message is cut short")
        body = block[place : place + size]
        if kind == CONTINUATION:
            if len(blocks) > MAX_BLOCKS:
                told = f"an object header has over {MAX_BLOCKS} blocks"
                raise RejectError("limit", told)
            address, length = source.unpack("OL", body)
            blocks.append((address, length))
        yield Message(kind, flags, body)
        place += size


def _resolved(source: Source, message: Message) -> Message:
    """The message itself, where this one says that it lies in another object."""
    if not message.flags & IS_SHARED:
        return message
    version, place = source.unpack("BB", message.body)
    if message.kind != TYPE or (version == 3 and place == SHARED_HEAP):
        raise RejectError("storage", "shared header messages are not read")
    start = 8 if version == 1 else 2
    (address,) = source.unpack("O", message.body, start)
    for other in _all_messages(source, address):
        if other.kind == TYPE and not other.flags & IS_SHARED:
            return other
    raise damaged("a shared type is missing")


def _all_messages(source: Source, address: int) -> Iterator[Message]:
    """The messages of a header, as they are stored."""
    newer = source.read(address, 4) == b"OHDR"
    return _newer_blocks(source, address) if newer else _older(source, address)
