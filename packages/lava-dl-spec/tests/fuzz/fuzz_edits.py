"""Let hypothesis, or atheris through it, edit network files in every way HDF5 has.

``python tests/fuzz/fuzz_edits.py --inputs 10000 [--guided]`` replaces, removes, links
and marks objects of a good file, and stores chunks that are not what they say; then it
reads and validates the file. Guided by atheris, which must be installed, the edits
follow the reader's branches. It fails on a crash, when the limits of ``limits.py`` are
exceeded, and on an exception other than ``FormatError``; the last file stays under
``--keep``.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from limits import held_to_limits

from suite import network_file

SECONDS_PER_INPUT = 20
MEGABYTES = 512
FIXED = ("/", "/layer", "/layer/0", "/layer/1", "/layer/2", "/simulation/Ts")
MARKS = ("format_version", "extensions", "weight_scale", "delay_shift", "readout")
WORDS = ("dense", "conv", "dense_rec", "kwta", "average", "concat", "CUBA", "SDNN", "x")
DEFLATE = 1
Edit = Callable[[h5py.File], None]

dtypes = st.one_of(
    *(
        arrays.integer_dtypes(),
        arrays.floating_dtypes(),
        arrays.complex_number_dtypes(),
    ),
    *(arrays.boolean_dtypes(), arrays.byte_string_dtypes(min_len=1, max_len=300)),
    arrays.array_dtypes(arrays.integer_dtypes(), max_size=2),
)
shapes = arrays.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=4)
values = st.one_of(
    st.sampled_from([*WORDS, b"S", h5py.Empty("f4"), h5py.Empty("S3")]),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    arrays.arrays(dtypes, shapes),
    arrays.arrays("f4", arrays.array_shapes(min_dims=2, max_dims=4, max_side=3)),
)


def remove(file: h5py.File, path: str) -> None:
    """Remove what is there, so that something else can take its place."""
    if path.strip("/") and path in file:
        del file[path]


def put(path: str, value: Any) -> Edit:
    """Store a value."""

    def edit(file: h5py.File) -> None:
        remove(file, path)
        file[path] = value

    return edit


def declare(path: str, shape: tuple[int, ...], options: dict[str, Any]) -> Edit:
    """Declare a data set without storing its values."""

    def edit(file: h5py.File) -> None:
        remove(file, path)
        file.create_dataset(path, shape, "f4", **options)

    return edit


def pack(path: str, codes: list[int], mask: int, content: bytes, times: int) -> Edit:
    """Store a chunk's bytes, or so many zeros, whatever its filters make of them."""

    def edit(file: h5py.File) -> None:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((4, 5))
        for code in codes:
            creation.set_filter(code, h5py.h5z.FLAG_MANDATORY, (9,) * (code == DEFLATE))
        stored = bytes(content)
        for _ in range(times):
            stored = zlib.compress(stored, 9)
        remove(file, path)
        name, space = path.encode(), h5py.h5s.create_simple((4, 5))
        kind = h5py.h5t.NATIVE_FLOAT
        data = h5py.h5d.create(file.id, name, kind, space, creation)
        data.write_direct_chunk((0, 0), stored, mask)

    return edit


def retype(path: str, size: int, fields: tuple[int, ...]) -> Edit:
    """Store numbers of a type with fields of any width."""

    def edit(file: h5py.File) -> None:
        precision, offset, sign, exponent, wide, mantissa, bits, bias = fields
        kind = h5py.h5t.IEEE_F64LE.copy() if wide else h5py.h5t.STD_I64LE.copy()
        if wide:
            kind.set_fields(sign, exponent, wide, mantissa, bits)
            kind.set_ebias(bias)
        kind.set_precision(precision)
        kind.set_offset(offset)
        kind.set_size(size)
        remove(file, path)
        name, space = path.encode(), h5py.h5s.create_simple((4, 5))
        h5py.h5d.create(file.id, name, kind, space).write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.ones((4, 5))
        )

    return edit


def map_from(path: str, source: str, unlimited: bool) -> Edit:
    """Declare a virtual data set."""

    def edit(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((4, 5), "f4", (None, 5) if unlimited else None)
        layout[:] = h5py.VirtualSource(source, "x", (4, 5))
        remove(file, path)
        file.create_virtual_dataset(path, layout)

    return edit


def link(path: str, target: str, kind: str) -> Edit:
    """Make a soft, external or hard link."""

    def edit(file: h5py.File) -> None:
        links = {
            "soft": lambda: h5py.SoftLink(target),
            "external": lambda: h5py.ExternalLink("/etc/hostname", target),
            "hard": lambda: file[target],
        }
        made = links[kind]()
        remove(file, path)
        file[path] = made

    return edit


def mark(path: str, name: str, value: Any) -> Edit:
    """Set an attribute."""

    def edit(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return edit


def declared() -> list[str]:
    """Paths of all that a kind may hold, in layer 0."""
    from lava.lib.dl.spec.schema import schema

    folders = {"layers": "/layer/0", "neurons": "/layer/0/neuron"}
    found = {f"{folder}/type": 0 for folder in folders.values()}
    for part, folder in folders.items():
        for kind in schema()[part].values():
            found |= {f"{folder}/{entry['name']}": 0 for entry in kind["fields"]}
    return [*found, "/layer/0/weight/real", "/layer/0/neuron"]


def edits() -> st.SearchStrategy[Edit]:
    """Everything that can be done to one object of a file."""
    paths = st.sampled_from([*FIXED, *declared()])
    packed = {"chunks": st.just(True), "compression": st.sampled_from(["gzip", "lzf"])}
    stored = st.one_of(st.just({}), st.fixed_dictionaries(packed))
    huge = arrays.array_shapes(max_dims=6, max_side=2**40)
    codes = st.lists(st.sampled_from([DEFLATE, 2, 3, 4, 5, 6]), max_size=4)
    content = st.one_of(
        st.binary(max_size=90),
        st.sampled_from([80, 84, 2**20, 2**26]),
    )
    bits = st.tuples(*[st.integers(0, 64)] * 7, st.integers(0, 2**32 - 1))
    return st.one_of(
        st.builds(pack, paths, codes, st.integers(0, 15), content, st.integers(0, 3)),
        st.builds(retype, paths, st.integers(1, 17), bits),
        st.builds(
            map_from, paths, st.sampled_from(["/etc/hostname", "."]), st.booleans()
        ),
        st.builds(put, paths, values),
        st.builds(lambda path: lambda file: remove(file, path), paths),
        st.builds(declare, paths, huge, stored),
        st.builds(link, paths, paths, st.sampled_from(["soft", "external", "hard"])),
        st.builds(mark, paths, st.sampled_from(MARKS), values),
    )


def base_files() -> list[bytes]:
    """A good file of every layer kind, as bytes."""
    kinds = ("dense-cuba", "dense_rec-alif", "kwta-cuba", "conv-rf_iz", "convT-adrf")
    kinds += ("pool-adrf_iz", "unpool-sdnn")
    return [network_file(f"{kind}-plain") for kind in kinds]


def survives(path: Path) -> None:
    """Read and validate in all profiles; only FormatError may come out."""
    from lava.lib.dl import spec

    with held_to_limits(path):
        with suppress(spec.FormatError):
            spec.read(path)
        for profile in ("format", "lava", "loihi2"):
            spec.validate(path, profile)


def harness(path: Path, inputs: int) -> Callable[[], None]:
    """The property: an edited file is read or refused."""
    bases = base_files()

    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(bases), st.lists(edits(), min_size=1, max_size=6))
    def edited(base: bytes, changes: list[Edit]) -> None:
        path.write_bytes(base)
        with h5py.File(path, "r+") as file:
            for change in changes:
                # An edit that HDF5 itself refuses is no edit.
                with suppress(Exception):
                    change(file)
        survives(path)

    return edited


def main() -> int:
    """Run all inputs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"))
    args = parser.parse_args()
    if args.guided and find_spec("atheris") is None:
        print("atheris is not installed; nothing was run")
        return 77
    args.keep.mkdir(parents=True, exist_ok=True)
    if args.guided:
        return guided(args)
    harness(args.keep / "edited.net", args.inputs)()
    print(f"{args.inputs} edited files, none of them did harm")
    return 0


def guided(args: argparse.Namespace) -> int:
    """Run under atheris, which counts the reader's branches; exits by itself."""
    import atheris

    with atheris.instrument_imports(include=["lava.lib.dl.spec"]):
        import lava.lib.dl.spec  # noqa: F401
    edited = harness(args.keep / "guided.net", args.inputs)
    options = {
        "runs": args.inputs,
        "seed": 1,
        "rss_limit_mb": MEGABYTES,
        "timeout": SECONDS_PER_INPUT,
        "max_len": 4096,
        "len_control": 0,
        "artifact_prefix": f"{args.keep}/",
    }
    flags = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *flags], edited.hypothesis.fuzz_one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
