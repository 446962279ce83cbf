"""Files of HDF5's newer structures, and damage that keeps their checksums right."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any
from unittest import mock

import h5py
import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.spec._hdf5._checksum import lookup3
from lava.lib.dl.spec._hdf5._source import Source
from lava.lib.dl.spec._write import write_network
from suite import network_file

HEAP_BLOCK = b"FHDB"
HEAP_CHECKSUM = 17
"""Where a heap's block keeps its checksum, with addresses of 8 bytes."""
Span = tuple[int, int, int]
"""Where a structure starts, where it ends, and where its checksum lies."""

LAYOUTS: dict[str, dict[str, Any]] = {
    "newest": {"libver": "latest"},
    "pages": {"fs_strategy": "page", "libver": "latest"},
}
STORED: dict[str, dict[str, Any]] = {
    "single": {"chunks": (6, 8), "compression": 1},
    "fixed": {"chunks": (2, 3), "compression": 1, "shuffle": True},
    "summed": {"chunks": (3, 3), "fletcher32": True},
    "growing": {"chunks": (3, 3), "maxshape": (None, 8)},
    "both": {"chunks": (3, 3), "maxshape": (None, None)},
}


def write_files(folder: Path) -> list[Path]:
    """Write a file of each layout and kind of storage, with its spans beside it."""
    paths = []
    for name, options in LAYOUTS.items():
        for stored, more in STORED.items():
            path = folder / f"{name}-{stored}.net"
            with h5py.File(path, "w", **options) as file:
                _fill(file, more)
            path.with_suffix(".spans").write_text(json.dumps(spans(path)))
            paths.append(path)
    return paths


def _fill(file: h5py.File, stored: dict[str, Any]) -> None:
    layers = [_layer_of("conv-cuba-plain"), _layer_of("dense-rf-plain")]
    write_network(file, spec.Network(layers))
    layer = spec.Dense((6,), np.ones((6, 8)), neuron=spec.Cuba(1, 2, 3))
    group = file.create_group("layer/2")
    spec.write_layer(group, layer)
    del group["weight"]
    group.create_dataset("weight", data=np.ones((6, 8), "f4"), **stored)
    for index in range(12):
        group.attrs[f"note{index}"] = index


def _layer_of(case: str) -> spec.Layer:
    with h5py.File(io.BytesIO(network_file(case))) as file:
        return spec.read(file).layers[0]


def spans(path: Path) -> list[Span]:
    """The structures with a checksum that the reader looks at."""
    found: set[Span] = set()
    read = Source.read

    def recorded(source: Source, address: int, count: int) -> bytes:
        block = read(source, address, count)
        start = source.base + address
        end = start + count
        if block[:4] == HEAP_BLOCK:
            found.add((start, end, start + HEAP_CHECKSUM))
        elif count > 8 and lookup3(block[:-4]).to_bytes(4, "little") == block[-4:]:
            found.add((start, end, end - 4))
        return block

    with mock.patch.object(Source, "read", recorded):
        spec.validate(path)
    return sorted(found)


def mutate_and_repair(content: bytes, spans: list[Span], rng: random.Random) -> bytes:
    """A copy with a few structures changed, each with its checksum set right."""
    changed = bytearray(content)
    for start, end, place in rng.choices(spans, k=rng.choice((1, 1, 2, 3))):
        for _ in range(rng.choice((1, 1, 2, 4))):
            where = rng.randrange(start + 4, end)
            width = rng.choice((1, 1, 2, 4, 8))
            value = rng.choice((0, 1, 2, 255, 2**31, 2**63, 2**64 - 1, where))
            if rng.random() < 0.5:
                value = rng.getrandbits(8 * width)
            word = (value % 2 ** (8 * width)).to_bytes(width, "little")
            changed[where : where + width] = word[: end - where]
        changed[place : place + 4] = bytes(4)
        # A checksum at the end covers what is before it, another one all the block.
        summed = lookup3(bytes(changed[start : place if place + 4 == end else end]))
        changed[place : place + 4] = summed.to_bytes(4, "little")
    return bytes(changed)
