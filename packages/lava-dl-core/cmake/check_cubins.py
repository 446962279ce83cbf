"""Which architectures' kernels built wheels hold, as cuobjdump lists them.

    python check_cubins.py WHEEL...

Fails where one is missing, where there is no PTX, where a wheel is too large, or where
a kernel for an H100 keeps in memory what its registers do not hold.
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


def spilling(usage: str) -> list[str]:
    """Kernels with a stack, from what cuobjdump says of each function's resources.

    Recurrent ones have one: a thread of a wide layer steps several neurons in turn, and
    keeps them there.
    """
    found = re.findall(r"Function (?!recurrent_)(\w+):\s+REG:\d+ STACK:(\d+)", usage)
    return sorted(name for name, stack in found if int(stack))


def resources(library: Path) -> str:
    """What each kernel takes of an H100."""
    options = ("--dump-resource-usage", "--gpu-architecture", "sm_90")
    command = ["cuobjdump", *options, str(library)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def problems(wheel: Path) -> list[str]:
    """What a wheel lacks; empty if nothing."""
    found = []
    if wheel.stat().st_size > MOST_BYTES:
        found.append(f"has {wheel.stat().st_size} bytes, at most {MOST_BYTES} are due")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if re.search(r"/_training\..*so$", n))
        library = Path(archive.extract(name, folder))
        code, ptx = listed(library, "elf"), listed(library, "ptx")
        spilled = spilling(resources(library))
    missing = [each for each in WANTED if each not in code]
    if missing:
        found.append(f"has no kernels for {', '.join(missing)}")
    if spilled:
        found.append(f"has kernels that spill: {', '.join(spilled)}")
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
