"""What reading one file may take: little memory, little time, and no other file.

Nor may it warn: where a user turns warnings into errors, a warning is an exception.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEGABYTE = 2**20
FREE_BYTES = 64 * MEGABYTE
PACKING = 64
"""Most bytes that one byte of a file may declare (clause 1.7)."""
SECONDS_PER_MEGABYTE = 1.0
LEAST_SECONDS = 2.0
"""Of the processor, for several readings of one file: its clock is a coarse one."""

# What is installed is no business of a file that is read.
os.environ["LAVA_DL_PLUGINS"] = "0"

_watched: dict[str, Any] = {"path": None}


@contextmanager
def held_to_limits(path: Path) -> Iterator[None]:
    """Hold what is done to a file to its limits.

    A file may take 64 MB and twice what it may declare: beyond it is a MemoryError,
    which nothing in the reader turns into a problem. Time ends the process.

    Raises:
        Warning: Reading warns.
        MemoryError: Reading takes more.
        PermissionError: Another file is opened.
    """
    size = path.stat().st_size
    seconds = LEAST_SECONDS + SECONDS_PER_MEGABYTE * size / MEGABYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = data_bytes() + FREE_BYTES + 2 * PACKING * size
    watch(path)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
        watch(None)


def data_bytes() -> int:
    """Memory for data that the process has now."""
    status = Path("/proc/self/status").read_text()
    return next(
        1024 * int(line.split()[1])
        for line in status.splitlines()
        if line.startswith("VmData")
    )


def watch(path: Path | None) -> None:
    """Refuse to open any file but this one; None allows all."""
    if _watched["path"] is None and not _watched.get("hooked"):
        _watched["hooked"] = True
        sys.addaudithook(_refuse)
    _watched["path"] = None if path is None else os.fspath(path)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    allowed, name = _watched["path"], arguments[0] if arguments else None
    if allowed is None or event != "open" or not isinstance(name, (str, bytes)):
        return
    name = os.fsdecode(name)
    # Python itself may still import what a first problem needs.
    if name != allowed and not name.endswith((".py", ".pyc")):
        raise PermissionError(f"reading {allowed} opens {name!r}")
