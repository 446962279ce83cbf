"""Files made to take memory or time are refused within little of both."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec._hdf5 import Group, opened

MEGABYTE = 10**6
FREE_BYTES = 64 * MEGABYTE
Fill = Callable[[h5py.File], object]


def begin(file: h5py.File, index: int, kind: bytes = b"dense") -> h5py.Group:
    """A layer of two neurons, without weights."""
    layer = file.create_group(f"layer/{index}")
    layer["type"], layer["shape"] = np.array([kind], "S10"), [2]
    return layer


def many_names(file: h5py.File, count: int = 8000) -> None:
    layer = begin(file, 0)
    for index in range(count):
        layer[f"inFeature{index}"] = layer["shape"]


def many_unknown_names(file: h5py.File) -> None:
    for index in range(100):
        layer = begin(file, index)
        layer["weight"] = np.ones((2, 2), "f4")
        for k in range(25):
            layer[f"outFeatur{k}" + "x" * 50] = layer["shape"]


def many_layers(file: h5py.File) -> None:
    for index in range(2000):
        file.create_group(f"layer/{index}")


def tiny_chunks(file: h5py.File) -> None:
    options = {"compression": 9, "shuffle": True, "fletcher32": True}
    begin(file, 0).create_dataset(
        "weight", data=np.ones((2, 2500), "i1"), chunks=(1, 1), **options
    )


def linked_matrix(file: h5py.File) -> None:
    for index in range(300):
        layer = begin(file, index)
        first = file.get("layer/0/weight")
        layer["weight"] = np.ones((2, 250_000), "f4") if first is None else first


def linked_sources(file: h5py.File) -> None:
    begin(file, 0)["weight"] = np.ones((2, 2), "f4")
    for index in range(1, 400):
        layer = begin(file, index, b"concat")
        first = file.get("layer/1/sources")
        layer["sources"] = np.zeros(200_000, "i4") if first is None else first


def packed(file: h5py.File) -> None:
    rows = np.arange(2 * 2**21, dtype="i4").reshape(2, -1) // 256 % 100
    begin(file, 0).create_dataset(
        "weight", data=rows, chunks=(1, 2**18), compression=9, shuffle=True
    )


def many_attributes(file: h5py.File) -> None:
    layer = begin(file, 0)
    for index in range(2000):
        layer.attrs[f"note{index}"] = 1


def plugin_types(file: h5py.File) -> None:
    for index in range(400):
        file[f"layer/{index}/type"] = np.array([f"acme.kind{index}".encode()], "S20")


FILLS: list[Fill] = [
    *(many_names, many_unknown_names, many_layers, tiny_chunks, linked_matrix),
    *(linked_sources, packed, many_attributes, plugin_types),
]


@pytest.mark.parametrize("fill", FILLS, ids=lambda f: f.__name__)
def test_time_and_memory_follow_the_size(tmp_path: Path, fill: Fill) -> None:
    path = tmp_path / "a.net"
    with h5py.File(
        path, "w", libver="latest" if fill is many_attributes else None
    ) as f:
        fill(f)
    size = path.stat().st_size
    held_to(path, size)


def held_to(path: Path, size: int, declared: int = 0) -> list[spec.Problem]:
    """Validate within a second for each megabyte, 64 MB and twice what is declared."""
    tracemalloc.start()
    try:
        problems = spec.validate(path, "loihi2")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    started = time.process_time()
    spec.validate(path, "loihi2")
    assert time.process_time() - started < 0.5 + size / MEGABYTE
    assert peak < FREE_BYTES + 2 * (declared or 64 * size)
    return problems


def test_groups_that_share_their_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    with h5py.File(path, "w") as file:
        many_names(file, 2000)
        for index in range(1, 200):
            file.create_group(f"layer/{index}")
    tables = []
    with opened(path) as root:
        top = root.child("layer")
        assert isinstance(top, Group)
        for index in range(200):
            layer = top.child(str(index))
            assert isinstance(layer, Group)
            tables.append(layer._header[0].body)
    content = path.read_bytes()
    for table in tables[1:]:
        content = content.replace(table, tables[0])
    path.write_bytes(content)
    problems = held_to(path, len(content))
    assert "limit" in {p.code for p in problems}


@pytest.mark.parametrize("side", [2**11, 2**40])
def test_a_declared_size_takes_nothing_before_it_is_compared(
    tmp_path: Path, side: int
) -> None:
    with h5py.File(tmp_path / "a.net", "w") as file:
        data = begin(file, 0).create_dataset(
            "weight", (side, side), "f4", chunks=(1, 1024), compression=9
        )
        if side < 2**20:
            data[0, 0] = 1  # libhdf5 itself can't in the larger one
    problems = held_to(tmp_path / "a.net", 1, declared=1)
    assert {p.code for p in problems} == {"size"}


def test_lateral_weights_are_no_matrix(tmp_path: Path) -> None:
    count = 30_000
    layer = spec.Kwta((count,), np.ones((count, 1)), 1, 1, neuron=spec.Cuba(1, 2, 3))
    spec.write(spec.Network([layer]), tmp_path / "a.net")
    for profile in ("format", "lava", "loihi2"):
        tracemalloc.start()
        try:
            spec.validate(tmp_path / "a.net", profile)
            assert tracemalloc.get_traced_memory()[1] < FREE_BYTES
        finally:
            tracemalloc.stop()
