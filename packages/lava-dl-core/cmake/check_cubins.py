"""Which architectures' kernels built wheels hold, as cuobjdump lists them.

    python check_cubins.py WHEEL...

Fails where one is missing, where there is no PTX, or where a wheel is too large.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WANTED = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120")
MOST_BYTES = 25 * 10**6


def listed(library: Path, kind: str) -> set[str]:
    """Architectures of the library's parts of this kind, ``elf`` or ``ptx``."""
    command = ["cuobjdump", f"--list-{kind}", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(re.findall(r"sm_\d+", done.stdout))


def problems(wheel: Path) -> list[str]:
    """What a wheel lacks; empty if nothing."""
    found = []
    if wheel.stat().st_size > MOST_BYTES:
        found.append(f"has {wheel.stat().st_size} bytes, at most {MOST_BYTES} are due")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if re.search(r"/_training\..*so$", n))
        library = Path(archive.extract(name, folder))
        code, ptx = listed(library, "elf"), listed(library, "ptx")
    missing = [each for each in WANTED if each not in code]
    if missing:
        found.append(f"has no kernels for {', '.join(missing)}")
    return found if ptx else [*found, "has no PTX for cards to come"]


def main(names: list[str]) -> int:
    """Prints what each wheel has or lacks."""
    wrong = 0
    for wheel in map(Path, names):
        found = problems(wheel)
        wrong += bool(found)
        size = wheel.stat().st_size / 1e6
        print(f"{wheel.name}, {size:.1f} MB: {'; '.join(found) or 'holds them all'}")
    return bool(wrong) or not names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
