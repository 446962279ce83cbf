"""Packs the golden vectors that a package's tests need, at most 1 MB each.

Run it as ``python packages/pack_golden.py FOLDER`` where FOLDER holds all. What is
left out of the archives is run where ``LAVA_DL_REFERENCE`` names that folder.
"""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path

import numpy as np

PACKAGES = Path(__file__).parent
LIMIT = 1_000_000
FILES = {
    "spec": ("bootstrap/network.net", "netx/*", "slayer/blocks*", "slayer/export*"),
    "core": ("neurons/*.npz", "slayer/axon.npz"),
    "slayer": ("neurons/*.npz", "slayer/*"),
    "bootstrap": ("bootstrap/*",),
    "netx": ("netx/*", "slayer/obd.npz", "slayer/io*", "slayer/events*"),
}
# Of these the kernels' tests in core run the same dynamics.
TOO_LARGE = ("adrf", "adrf_iz", "alif", "resonator", "rf_iz")
LEFT_OUT = {
    "core": ("dropout", "norm", "persistent", "quantize"),
    "slayer": tuple(f"neurons/{name}." for name in TOO_LARGE),
}


def content(path: Path) -> bytes:
    """A file's bytes; archives of arrays without their own compression."""
    if path.suffix != ".npz":
        return path.read_bytes()
    buffer = io.BytesIO()
    with np.load(path) as arrays:
        np.savez(buffer, **arrays)
    return buffer.getvalue()


def chosen(root: Path, package: str) -> list[Path]:
    """The files of a package."""
    found = {path for pattern in FILES[package] for path in root.glob(pattern)}
    left_out = LEFT_OUT.get(package, ())
    return sorted(
        path
        for path in found
        if path.suffix not in (".md", ".py")
        and not any(name in path.as_posix() for name in left_out)
    )


def pack(root: Path, package: str) -> None:
    """Write the archive of a package."""
    target = PACKAGES / f"lava-dl-{package}" / "tests" / "golden.tar.xz"
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in chosen(root, package):
            data = content(path)
            entry = tarfile.TarInfo(path.relative_to(root).as_posix())
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    size = target.stat().st_size
    print(f"{target.relative_to(PACKAGES)}: {size} bytes")
    if size > LIMIT:
        raise SystemExit(f"{target.name} of {package} is beyond {LIMIT} bytes")


if __name__ == "__main__":
    for each in FILES:
        pack(Path(sys.argv[1]), each)
