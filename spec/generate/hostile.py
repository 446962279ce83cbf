"""Files whose HDF5 structures are made to harm the reader."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import h5py
import numpy as np

from damage import (
    Damage,
    Malformed,
    creation_list,
    map_weight,
    nothing,
    store,
)

DEFLATE, FLETCHER = 1, 3
CHUNK = bytes(80)
"""What a chunk of 4 by 5 floats unpacks to."""


def hostile_structures() -> Iterator[Malformed]:
    """All of them."""
    yield from chunks()
    unlimited = map_weight(h5py.h5s.UNLIMITED)
    yield Malformed("virtual-unlimited", "storage", unlimited, also=("1.4",))
    # Chunks listed in an index that readers need not know.
    rows = store(
        "weight", data=np.ones((4, 5), "f4"), chunks=(2, 5), maxshape=(None, 5)
    )
    yield Malformed("index-growing", "storage", rows, newest=True, also=("1.13",))
    yield Malformed("checksum-header", "damaged", nothing, newest=True, patch=rename)
    yield Malformed("data-shared", "size", many_matrices, patch=share)


def chunks() -> Iterator[Malformed]:
    """Chunks that are not what their data set says."""
    bomb = bytes(2**24)
    for _ in range(3):
        bomb = zlib.compress(bomb, 9)
    deflated = zlib.compress(CHUNK)
    cases: dict[str, tuple[str, list[int], bytes]] = {
        "deflated-thrice": ("storage", [DEFLATE] * 3, bomb),
        "summed-twice": ("storage", [FLETCHER] * 2, CHUNK + bytes(8)),
        "unpacks-short": ("damaged", [DEFLATE], zlib.compress(CHUNK[:-1])),
        "unpacks-long": ("damaged", [DEFLATE], zlib.compress(CHUNK + b"0")),
        "cut": ("damaged", [DEFLATE], deflated[:-3]),
        "no-stream": ("damaged", [DEFLATE], b"these are words"),
        "shorter-than-sum": ("damaged", [FLETCHER], b"abc"),
        "wrong-sum": ("damaged", [FLETCHER], CHUNK + b"\1\0\0\0"),
        "short": ("damaged", [], b"abc"),
    }
    for name, (code, filters, content) in cases.items():
        yield Malformed(f"chunk-{name}", code, chunk(filters, content))


def chunk(filters: list[int], content: bytes) -> Damage:
    """Weights in one chunk, its bytes as they are given."""

    def damage(file: h5py.File) -> None:
        creation = creation_list()
        creation.set_chunk((4, 5))
        for code in filters:
            creation.set_filter(code, h5py.h5z.FLAG_MANDATORY, (9,) * (code == DEFLATE))
        layer = file["layer/0"]
        del layer["weight"]
        space = h5py.h5s.create_simple((4, 5))
        kind = h5py.h5t.IEEE_F32LE
        data = h5py.h5d.create(layer.id, b"weight", kind, space, creation)
        data.write_direct_chunk((0, 0), content)

    return damage


def rename(content: bytes) -> bytes:
    """A name changed within a structure whose checksum says so."""
    return content.replace(b"inFeatures", b"inFeaturez", 1)


SIDE, VALUE = 64, 17.0
NOWHERE = b"\xff" * 8
"""The address of what was never stored."""


def many_matrices(file: h5py.File) -> None:
    """Layers of equal matrices, of which only the first is stored."""
    del file["layer"]
    for index in range(8):
        layer = file.create_group(f"layer/{index}")
        layer["type"], layer["shape"] = np.array([b"dense"], "S10"), [SIDE]
        layer.create_dataset("weight", (SIDE, SIDE), "f4")
    file["layer/0/weight"][...] = VALUE


def share(content: bytes) -> bytes:
    """All matrices at the place of the first."""
    stored = struct.pack("<f", VALUE) * SIDE * SIDE
    size = struct.pack("<Q", len(stored))
    first = struct.pack("<Q", content.index(stored))
    return content.replace(NOWHERE + size, first + size)
