"""What h5py writes is read without libhdf5, to the same values."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec import _guard
from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5 import Data, Group, opened
from lava.lib.dl.spec._hdf5._checksum import fletcher32, lookup3
from lava.lib.dl.spec._write import write_network

FILES: dict[str, dict[str, Any]] = {
    "default": {},
    "newest": {"libver": "latest"},
    "version 1.8": {"libver": ("earliest", "v108")},
    "order": {"track_order": True},
    "user block": {"userblock_size": 2048, "libver": "latest"},
    "pages": {"fs_strategy": "page"},
}
STORED: dict[str, dict[str, Any]] = {
    "plain": {},
    "one chunk": {"chunks": (7, 5)},
    "chunks": {"chunks": (3, 2)},
    "deflated": {"chunks": (3, 2), "compression": 4},
    "shuffled": {"chunks": (4, 4), "compression": 4, "shuffle": True},
    "summed": {"chunks": (3, 2), "fletcher32": True},
    "all filters": {
        **{"chunks": (3, 2), "compression": 1, "shuffle": True},
        "fletcher32": True,
    },
    "many chunks": {"chunks": (1, 1)},
}
Write = Callable[[h5py.File], object]


def read_back(path: Path, name: str) -> np.ndarray:
    with opened(path) as root:
        return _guard.numbers(root.child(name))


def child(root: Group, name: str) -> Data:
    found = root.child(name)
    assert isinstance(found, Data)
    return found


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("kind", ["f4", "i1", ">f8", "u2"])
def test_data_read_as_they_were_written(
    tmp_path: Path, file: str, stored: str, kind: str
) -> None:
    values = np.arange(35).reshape(7, 5).astype(kind)
    with h5py.File(tmp_path / "a.h5", "w", **FILES[file]) as out:
        out.create_dataset("a", data=values, **STORED[stored])
    found = read_back(tmp_path / "a.h5", "a")
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)


def test_chunks_that_were_never_stored_hold_the_fill_value(tmp_path: Path) -> None:
    for fill in (0, 7):
        with h5py.File(tmp_path / "a.h5", "w") as out:
            data = out.create_dataset("a", (8, 8), "f4", chunks=(4, 4), fillvalue=fill)
            data[:4, :4] = 3
        expected = np.full((8, 8), fill, "f4")
        expected[:4, :4] = 3
        assert np.array_equal(read_back(tmp_path / "a.h5", "a"), expected)


def test_compact_data_read(tmp_path: Path) -> None:
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    with h5py.File(tmp_path / "a.h5", "w") as out:
        space = h5py.h5s.create_simple((3,))
        data = h5py.h5d.create(out.id, b"a", h5py.h5t.STD_I32LE, space, creation)
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3, dtype="i4"))
    assert read_back(tmp_path / "a.h5", "a").tolist() == [0, 1, 2]


def odd_types() -> Iterator[Any]:
    integer = h5py.h5t.NATIVE_INT32.copy()
    integer.set_precision(17)
    yield pytest.param(integer, id="17 bits")
    shifted = h5py.h5t.STD_I32BE.copy()
    shifted.set_precision(12)
    shifted.set_offset(9)
    yield pytest.param(shifted, id="12 bits, shifted, big-endian")
    wide = h5py.h5t.STD_U64LE.copy()
    wide.set_precision(40)
    wide.set_size(5)
    yield pytest.param(wide, id="5 bytes")
    for order in (h5py.h5t.IEEE_F32LE, h5py.h5t.IEEE_F32BE):
        brain = order.copy()
        brain.set_fields(15, 7, 8, 0, 7)
        brain.set_offset(0)
        brain.set_precision(16)
        brain.set_size(2)
        brain.set_ebias(127)
        yield pytest.param(brain, id=f"bfloat16, order {brain.get_order()}")
    yield pytest.param(h5py.h5t.NATIVE_LDOUBLE, id="long double")
    yield pytest.param(h5py.h5t.IEEE_F16BE, id="half")


@pytest.mark.parametrize("kind", list(odd_types()))
@pytest.mark.parametrize("count", [10, 2**19 + 3])
def test_numbers_of_any_layout_read(tmp_path: Path, kind: Any, count: int) -> None:
    signed = kind.get_class() == h5py.h5t.FLOAT or kind.get_sign()
    values = np.arange(count) % 257 - (128 if signed else 0)
    values = values.astype("f8")
    with h5py.File(tmp_path / "a.h5", "w") as out:
        space = h5py.h5s.create_simple((count,))
        data = h5py.h5d.create(out.id, b"a", kind, space)
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        back = np.empty(count, "f8")
        data.read(h5py.h5s.ALL, h5py.h5s.ALL, back)
    assert np.array_equal(read_back(tmp_path / "a.h5", "a"), back)
    with opened(tmp_path / "a.h5") as root:
        whole = _guard.integers(root.child("a"), (-(2**23), 2**23))
    assert np.array_equal(whole, back)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "g"])
def test_special_floats_of_odd_layout_read(tmp_path: Path, kind: str) -> None:
    values = np.array([0, -0.0, 1, -1.5, np.inf, -np.inf, np.nan, 6e-8, 65504], kind)
    brain = h5py.h5t.IEEE_F64LE.copy()
    brain.set_ebias(1000)
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out["a"] = values
        data = h5py.h5d.create(out.id, b"b", brain, h5py.h5s.create_simple((9,)))
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    for name in "ab":
        found = read_back(tmp_path / "a.h5", name)
        assert np.array_equal(found, values.astype("f8"), equal_nan=True)


def test_texts_of_every_kind_read(tmp_path: Path) -> None:
    fixed = np.array([b"dense"], "S10")
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out["heap"], out["fixed"] = "CUBA", fixed
        out["utf8"] = "Größe"
        out.create_dataset("chunked", data=fixed, chunks=(1,), compression=4)
        out.create_dataset("heap chunked", data=["CUBA"], chunks=(1,))
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(h5py.h5t.STR_SPACEPAD)
        data = h5py.h5d.create(out.id, b"spaces", kind, h5py.h5s.create_simple((1,)))
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"conv  "]), kind)
    expected = {
        **{"heap": "CUBA", "fixed": "dense", "utf8": "Größe", "chunked": "dense"},
        **{"heap chunked": "CUBA", "spaces": "conv"},
    }
    with opened(tmp_path / "a.h5") as root:
        found = {n: _guard.text_of(root.child(n)).decode() for n in expected}
    assert found == expected


def test_a_stored_type_reads(tmp_path: Path) -> None:
    for file in FILES.values():
        with h5py.File(tmp_path / "a.h5", "w", **file) as out:
            out["type"] = np.dtype("i2")
            out.create_dataset("a", data=[1, 2], dtype=out["type"])
        assert read_back(tmp_path / "a.h5", "a").tolist() == [1, 2]


SIDES = [(2**40, 2**40), (0, 2**63), (2**64 - 1, 2**64 - 1), (2**57, 1)]


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("stored", [{}, {"chunks": (3, 4)}], ids=["whole", "chunks"])
def test_a_shape_larger_than_any_memory_is_refused(
    tmp_path: Path, sides: tuple[int, int], stored: dict[str, Any]
) -> None:
    path, layer = tmp_path / "a.net", spec.Dense((11,), np.ones((11, 13)))
    with h5py.File(path, "w") as file:
        write_network(file, spec.Network([layer]))
        del file["layer/0/weight"]
        file.create_dataset("layer/0/weight", data=layer.weight, **stored)
    content = path.read_bytes()
    declared, other = (struct.pack("<2Q", *two) for two in ((11, 13), sides))
    assert declared in content
    path.write_bytes(content.replace(declared, other))
    assert [p.code for p in spec.validate(path)] == ["size"]
    with pytest.raises(spec.FormatError, match="larger than any memory"):
        spec.read(path)


def test_data_that_end_after_the_file_are_refused_before_they_take_memory(
    tmp_path: Path,
) -> None:
    path, layer = tmp_path / "a.net", spec.Dense((11,), np.ones((11, 13)))
    with h5py.File(path, "w") as file:
        write_network(file, spec.Network([layer]))
        del file["layer/0/weight"]
        file["layer/0/weight"] = layer.weight
        size = file["layer/0/weight"].id.get_storage_size()
    content = path.read_bytes()
    for old, new in (((11, 13), (11, 2**19)), ((size,), (2**40,))):
        declared, other = (struct.pack(f"<{len(n)}Q", *n) for n in (old, new))
        assert declared in content
        content = content.replace(declared, other)
    path.write_bytes(content)
    tracemalloc.start()
    assert [p.code for p in spec.validate(path)] == ["size"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("count", [0, 3, 9, 60, 1500])
def test_groups_of_any_size_are_listed(tmp_path: Path, file: str, count: int) -> None:
    with h5py.File(tmp_path / "a.h5", "w", **FILES[file]) as out:
        group = out.create_group("a")
        for index in range(count):
            group.create_group(str(index))
        group["soft"] = h5py.SoftLink("/a")
        group["outside"] = h5py.ExternalLink("b.h5", "/")
    with opened(tmp_path / "a.h5") as root:
        found = root.child("a").members
    assert sorted(found) == sorted([*map(str, range(count)), "soft", "outside"])
    assert [name for name, address in found.items() if address is None] in (
        ["soft", "outside"],
        ["outside", "soft"],
    )


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("count", [1, 40])
def test_attributes_read(tmp_path: Path, file: str, count: int) -> None:
    with h5py.File(tmp_path / "a.h5", "w", **FILES[file]) as out:
        for index in range(count):
            out.attrs[f"n{index}"] = index
        out.attrs["row"] = np.arange(3)
        out.attrs["text"] = np.bytes_(b"words")
        out.attrs["heap"] = "words"
    with opened(tmp_path / "a.h5") as root:
        assert [int(root.attribute(f"n{i}")) for i in range(count)] == [*range(count)]
        assert root.attribute("row").tolist() == [0, 1, 2]
        assert root.attribute("text") == b"words"
        assert root.attribute("none") is None
        with pytest.raises(RejectError, match="a text"):
            root.attribute("heap")


def test_the_checksums_are_those_of_hdf5() -> None:
    assert [lookup3(text) for text in (b"", b"Four score and seven years ago")] == [
        0xDEADBEEF,
        0x17770551,
    ]
    assert fletcher32(bytes(64)) == 0


def test_an_integer_of_a_whole_matrix_is_checked_in_chunks(tmp_path: Path) -> None:
    values = np.zeros((700, 800), "f4")
    values[699, 799] = np.nan
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out.create_dataset("a", data=values, chunks=(512, 512))
    with opened(tmp_path / "a.h5") as root, pytest.raises(RejectError, match="nan"):
        _guard.integers(root.child("a"), (-10, 10))


@pytest.mark.parametrize("odd", [3e19, -3e38, np.inf, np.nan])
def test_numbers_whose_squares_overflow_are_refused(tmp_path: Path, odd: float) -> None:
    """With no word of numpy's, which tests turn into errors."""
    values = np.array([[52.0, -60.0, odd] * 16], "f4")
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out.create_dataset("a", data=values)
    with opened(tmp_path / "a.h5") as root, pytest.raises(RejectError):
        _guard.integers(root.child("a"), (-(2**23), 2**23))


def test_one_object_under_many_names_is_read_once(tmp_path: Path) -> None:
    weight = np.ones((1000, 1000))
    layer = spec.Dense((1000,), weight, neuron=spec.Cuba(1, 2, 3))
    spec.write(spec.Network([layer] * 20), tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net", "r+") as file:
        for index in range(1, 20):
            del file[f"layer/{index}/weight"]
            file[f"layer/{index}/weight"] = file["layer/0/weight"]
    network = spec.read(tmp_path / "a.net")
    assert all(layer.weight is network[0].weight for layer in network)


def test_a_file_replaced_while_it_is_read_gives_one_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def network(value: int) -> spec.Network:
        weight = np.full((1200, 1200), value)
        layer = spec.Dense((1200,), weight, neuron=spec.Cuba(1, 2, value))
        return spec.Network([layer])

    path = tmp_path / "a.net"
    spec.write(network(1), path)
    real = _guard.integers

    def replaced(*arguments: Any) -> Any:
        spec.write(network(2), path)
        return real(*arguments)

    monkeypatch.setattr(_guard, "integers", replaced)
    assert spec.read(path) == network(1)
    monkeypatch.undo()
    assert spec.read(path) == network(2)


@pytest.mark.parametrize("driver", ["sec2", "core", "fileobj"])
def test_an_open_file_of_any_driver_reads(tmp_path: Path, driver: str) -> None:
    network = spec.Network([spec.Dense((2,), [[1, 2], [3, 4]])])
    path = tmp_path / "a.net"
    spec.write(network, path)
    options: dict[str, Any] = {} if driver == "fileobj" else {"driver": driver}
    with path.open("rb") as raw:
        name: Any = raw if driver == "fileobj" else os.fspath(path)
        with h5py.File(name, "r", **options) as file:
            assert spec.read(file) == network
            assert spec.read_layer(file["layer/0"]) == network[0]


def test_a_file_that_another_program_has_open_reads(tmp_path: Path) -> None:
    network = spec.Network([spec.Dense((2,), [[1, 2], [3, 4]])])
    spec.write(network, tmp_path / "a.net")
    with h5py.File(tmp_path / "a.net", "r+"):
        assert spec.read(tmp_path / "a.net") == network


def test_reading_a_path_takes_no_libhdf5(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    spec.write(spec.Network([spec.Dense((2,), [[1, 2], [3, 4]])]), path)
    code = (
        "import sys; from lava.lib.dl import spec; spec.read(sys.argv[1]); "
        "spec.validate(sys.argv[1]); sys.exit('h5py' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
