"""Looking into a file that may be hostile.

Nothing here follows a soft or external link, trusts a declared size before comparing
it with what is stored, or unpacks data that could grow without bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec._codec import IntArray, RejectError, in_range
from lava.lib.dl.spec._heap import stored_text

__all__ = [
    "address",
    "attribute_of",
    "child",
    "group_of",
    "names",
    "numbers",
    "settle",
    "text_of",
]

MAX_RANK = 5
MAX_BYTES = 2**34
MAX_PACKING = 64
"""Most bytes a stored byte may unpack to; real weights pack two- to fourfold."""
SMALL = 2**12
MAX_NAMES = 2**16
BLOCK = 2**17
"""Elements converted at a time, few enough to stay in the cache."""
WRAPPERS = {h5py.h5d.DatasetID: h5py.Dataset, h5py.h5g.GroupID: h5py.Group}
FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32"}


def child(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset | None:
    """The object at a path below a group, or None.

    Raises:
        RejectError: A component is a soft or external link, or no group or data set.
    """
    found: Any = group
    for name in path.split("/"):
        if not isinstance(found, h5py.Group):
            return None
        key = name.encode()
        if key not in found.id:
            return None
        if found.id.links.get_info(key).type != h5py.h5l.TYPE_HARD:
            raise RejectError("link", f"{name!r} is a link; store the object itself")
        # h5py's own indexing takes several times as long to do the same.
        handle = h5py.h5o.open(found.id, key)
        wrapper = WRAPPERS.get(type(handle))
        if wrapper is None:
            raise RejectError("object-kind", "expected a group or a data set")
        found = wrapper(handle)
    return found


def settle(group: h5py.Group) -> None:
    """Bring to disk what a writer still holds: some data are read without libhdf5."""
    if group.file.mode != "r":
        group.file.flush()


def address(group: h5py.Group) -> int:
    """Where an object lies in the file, the same under all its names."""
    return int(h5py.h5o.get_info(group.id).addr)


def names(group: h5py.Group) -> Iterator[str]:
    """The names of a group's members, hard links or not."""
    if len(group) > MAX_NAMES:
        raise RejectError(
            "limit", f"the group has {len(group)} members; {MAX_NAMES} at most"
        )
    yield from group


def group_of(found: Any) -> h5py.Group:
    """The object, if it is a group."""
    if not isinstance(found, h5py.Group):
        raise RejectError("object-kind", "expected a group, found a data set")
    return found


def check_storage(data: h5py.Dataset) -> None:
    """Refuse data outside the file, and sizes that aren't really there."""
    if not isinstance(data, h5py.Dataset):
        raise RejectError("object-kind", "expected a data set, found a group")
    creation = data.id.get_create_plist()
    if creation.get_layout() not in (
        h5py.h5d.COMPACT,
        h5py.h5d.CONTIGUOUS,
        h5py.h5d.CHUNKED,
    ):
        raise RejectError(
            "storage", "virtual data sets are not read; store the data itself"
        )
    if creation.get_external_count():
        raise RejectError(
            "storage", "the data are kept in another file; store them here"
        )
    for index in range(creation.get_nfilters()):
        code = creation.get_filter(index)[0]
        if code not in FILTERS:
            raise RejectError(
                "storage", f"filter {code} is not read; write unfiltered data"
            )
    check_size(data.shape, data.id.get_type().get_size(), data.id.get_storage_size())
    if creation.get_layout() == h5py.h5d.CHUNKED:
        chunk = math.prod(creation.get_chunk()) * data.id.get_type().get_size()
        check_size((chunk,), 1, data.id.get_storage_size())


def check_size(shape: tuple[int, ...] | None, item: int, stored: int) -> None:
    """Refuse a declared size that the stored bytes can't account for."""
    if shape is None:
        raise RejectError("size", "the data set is empty (null data space)")
    if len(shape) > MAX_RANK:
        raise RejectError(
            "limit", f"the data set has {len(shape)} axes; {MAX_RANK} at most"
        )
    declared = math.prod(shape) * item
    if declared > min(MAX_BYTES, stored * MAX_PACKING + SMALL) or (
        declared and not stored
    ):
        raise RejectError(
            "size",
            f"shape {shape} declares {declared} bytes, the file stores {stored}; "
            "write the data uncompressed",
        )


def numbers(data: h5py.Dataset) -> NDArray[Any]:
    """All numbers of a data set, as stored.

    Raises:
        RejectError: They aren't numbers, or can't be read safely.
    """
    check_storage(data)
    if data.dtype.kind not in "iufb":
        raise RejectError("not-numeric", f"expected numbers, found {data.dtype}")
    out = np.empty(data.shape, dtype=data.dtype)
    data.id.read(h5py.h5s.ALL, h5py.h5s.ALL, out)
    return out


def integers(data: h5py.Dataset, limits: tuple[int, int]) -> NDArray[np.int32]:
    """All numbers of a large data set as int32, read and checked block by block."""
    check_storage(data)
    if data.dtype.kind not in "iufb":
        raise RejectError("not-numeric", f"expected numbers, found {data.dtype}")
    shape: tuple[int, ...] = data.shape
    out = np.empty(data.size, dtype=np.int32)
    offset = data.id.get_offset()
    if offset is None or data.file.driver != "sec2":
        convert(data[()].reshape(-1), out, limits)
        return out.reshape(shape)
    scratch = np.empty(min(BLOCK, out.size), dtype=data.dtype)
    with Path(data.file.filename).open("rb", buffering=0) as raw:
        raw.seek(offset)
        for start in range(0, out.size, BLOCK):
            block = scratch[: min(BLOCK, out.size - start)]
            if raw.readinto(block.view(np.uint8).data) != block.nbytes:
                raise RejectError("damaged", "the data end before their time")
            convert(block, out[start : start + BLOCK], limits)
    return out.reshape(shape)


def convert(block: NDArray[Any], out: IntArray, limits: tuple[int, int]) -> None:
    """Check numbers and store them as integers."""
    check_block(block, limits)
    out[:] = block


def check_block(block: NDArray[Any], limits: tuple[int, int]) -> None:
    """Refuse values outside the limits; one fast sum settles all common blocks.

    No value is larger than the root of the sum of squares, and a nan makes it a nan.
    """
    least = min(-limits[0], limits[1])
    if block.dtype == np.float32 and np.dot(block, block) < float(least) ** 2:
        return
    in_range(block.min(), block.max(), limits)


def text_of(data: h5py.Dataset) -> Any:
    """The text of a data set, as bytes or str."""
    check_storage(data)
    return stored_text(data)


def attribute_of(group: h5py.Group, name: str) -> Any:
    """The value of an attribute, or None where there is none."""
    if not h5py.h5a.exists(group.id, name.encode()):
        return None
    found = h5py.h5a.open(group.id, name.encode())
    if math.prod(found.shape) > SMALL or found.get_storage_size() > SMALL:
        raise RejectError("size", f"attribute {name} is larger than {SMALL} bytes")
    if found.dtype.kind not in "iufbS":
        raise RejectError("not-numeric", f"attribute {name} is of type {found.dtype}")
    return group.attrs[name]
