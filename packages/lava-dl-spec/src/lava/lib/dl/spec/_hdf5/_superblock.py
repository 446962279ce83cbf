"""Where a file begins, and where its root group lies."""

from __future__ import annotations

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._checksum import checked
from lava.lib.dl.spec._hdf5._source import Source, damaged

SIGNATURE = b"\x89HDF\r\n\x1a\n"
FIRST_PLACE = 512
"""A user block before the superblock takes so many bytes, or a double of it."""


def find_root(source: Source) -> int:
    """Settle the source's base and sizes; the address of the root group.

    Raises:
        RejectError: There is no superblock, or it is damaged.
    """
    place = 0
    while place + len(SIGNATURE) <= source.size:
        if source.read(place, len(SIGNATURE)) == SIGNATURE:
            return _root(source, place)
        place = 2 * place or FIRST_PLACE
    raise RejectError("not-hdf5", "not an HDF5 file; was it cut short on the way?")


def _root(source: Source, place: int) -> int:
    source.base = place
    version = source.read(8, 1)[0]
    if version in (0, 1):
        source.set_sizes(*source.unpack_at("BB", 13))
        start = 24 if version == 0 else 28
        base, _, end, _, _, root = source.unpack_at("6O", start)
    elif version in (2, 3):
        source.set_sizes(*source.unpack_at("BB", 9))
        block = checked(source.read(0, 12 + 4 * source.offset_size + 4))
        base, _, end, root = source.unpack("4O", block, 12)
    else:
        raise damaged(f"superblock version {version} is unknown")
    if end - base > source.size - place:
        raise damaged(f"it was cut short, {source.size} of {end} bytes are left")
    return int(root)
