"""Output files that hold the old content or the new one, never part of either."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

__all__ = ["replacing"]

_LOCKS = sys.platform != "win32"  # that end with their process
_SHOWN = 48  # characters of the target's name; a file's name has 255 bytes at most


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write into, which takes the target's place once all is on disk.

    Until then it has a name of its own beside the target, ``.<name>.<random>.part``,
    and a lock. What a killed process left there the next writer of the same target
    removes (not on Windows). Symbolic links are followed. A new file has the mode that
    the umask leaves, another one keeps its mode, and its owner and group where that is
    allowed. Devices and pipes are written to directly.

    Args:
        path: Path of the target.

    Raises:
        OSError: The file can't be written; the target is what it was.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is write-protected", str(target))
    _remove_leftovers(target)
    part, file = _create(target)
    try:
        with file:
            _copy_mode(target, file)
            yield file
            file.flush()
            os.fsync(file.fileno())
            if _LOCKS:
                part.replace(target)  # before the lock ends
        if not _LOCKS:
            part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _flush_directory(target.parent)


def _create(target: Path) -> tuple[Path, BinaryIO]:
    """A new file beside the target, locked."""
    while True:
        part = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}.part")
        file = part.open("xb")
        with suppress(OSError):  # a file system without locks
            _lock(file, wait=True)
        # Another writer may have taken it for a leftover before the lock.
        if not _LOCKS or os.fstat(file.fileno()).st_nlink:
            return part, file
        file.close()


def _prefix(target: Path) -> str:
    return f".{target.name[:_SHOWN]}."


def _remove_leftovers(target: Path) -> None:
    """Delete parts whose writers have ended: nobody locks them."""
    if not _LOCKS:
        return
    with os.scandir(target.parent) as entries:
        names = [e.name for e in entries if e.name.endswith(".part")]
    for name in names:
        if name.startswith(_prefix(target)):
            with suppress(OSError), (target.parent / name).open("rb") as file:
                _lock(file, wait=False)
                (target.parent / name).unlink()


def _lock(file: BinaryIO, wait: bool) -> None:
    if _LOCKS:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _copy_mode(target: Path, file: BinaryIO) -> None:
    if not _LOCKS or not target.exists():
        return
    old = target.stat()
    for owner, group in ((old.st_uid, -1), (-1, old.st_gid)):
        with suppress(OSError):
            os.fchown(file.fileno(), owner, group)
    os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


def _flush_directory(path: Path) -> None:
    """Make the new name as lasting as the content."""
    if not _LOCKS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
