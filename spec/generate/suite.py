"""Writing the suite."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cases import Case, inputs, single_layers
from clauses import clauses_of, coverage_page
from corners import corners
from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec._write import VERSION, write_network
from lava.lib.dl.spec.conformance._archive import MANIFEST, digests
from lava_cases import lava_cases
from malformed import malformed_files
from special import chains, older_files

COVERAGE = "coverage.md"
DATE = (2000, 1, 1, 0, 0, 0)


def generate(folder: Path) -> dict[str, Any]:
    """Write the suite into ``folder/conformance``.

    Args:
        folder: The ``spec`` folder.

    Returns:
        The manifest.
    """
    suite = folder / "conformance"
    with tempfile.TemporaryDirectory() as scratch:
        valid, malformed = Path(scratch) / "valid", Path(scratch) / "malformed"
        manifest = {
            "format_version": VERSION,
            "valid": list(write_valid(valid)),
            "malformed": list(write_malformed(malformed)),
        }
        for part in (valid, malformed):
            pack(part, suite / f"{part.name}.zip")
    text = json.dumps(manifest, indent=0) + "\n"
    (suite / MANIFEST).write_text(text, encoding="utf-8")
    (suite / COVERAGE).write_text(coverage_page(folder, manifest), encoding="utf-8")
    return manifest


def pack(folder: Path, archive: Path) -> None:
    """Store a folder's files, in the same bytes whenever they are the same."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path in sorted(folder.iterdir()):
            file.writestr(
                zipfile.ZipInfo(path.name, DATE),
                path.read_bytes(),
                zipfile.ZIP_DEFLATED,
            )


def write_valid(folder: Path) -> Iterator[dict[str, Any]]:
    """Write the valid cases; yields their entries in the manifest."""
    folder.mkdir()
    trained = (single_layers(), inputs(), chains(), corners(), older_files())
    for case in chain(*trained, lava_cases()):
        stem = folder / case.name
        write_case(case, stem)
        yield {
            "name": case.name,
            "arithmetic": case.arithmetic,
            "clauses": clauses_of(case),
            "files": digests(stem.with_suffix(".net"), stem.with_suffix(".npz")),
        }


def write_case(case: Case, stem: Path) -> None:
    """Write a case's network, and its input and expectation in one archive."""
    with h5py.File(stem.with_suffix(".net"), "w") as file:
        write_network(file, case.network)
        if case.older is not None:
            case.older(file)
    results = case.expected.items()
    wanted: Any = {f"expected_{name}": compact(a) for name, a in results}
    np.savez(
        stem.with_suffix(".npz"),
        input=case.data,
        steps=np.int64(case.steps),
        arithmetic=np.array(case.arithmetic),
        options=np.array(json.dumps(case.options)),
        **wanted,
    )


def compact(array: NDArray[Any]) -> NDArray[Any]:
    """The same values in the smallest type that holds them."""
    kinds = ("i1", "i2", "i4") if array.dtype.kind == "i" else ("f4",)
    for kind in kinds:
        small = array.astype(kind)
        if np.array_equal(small, array):
            return small
    return array


def write_malformed(folder: Path) -> Iterator[dict[str, Any]]:
    """Write the malformed files; yields their entries in the manifest."""
    folder.mkdir()
    for case in malformed_files():
        path = folder / f"{case.name}.net"
        case.write(path)
        yield {
            "name": case.name,
            "code": case.code,
            "profile": case.profile,
            "clauses": [CLAUSE_OF[case.code], "E3.1", *case.also],
            "files": digests(path),
        }
