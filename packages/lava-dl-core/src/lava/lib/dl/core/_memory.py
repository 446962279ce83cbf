"""How much memory of arrays that are gone is kept for the next ones."""

from __future__ import annotations

from lava.lib.dl.core import _training


def get_kept_memory() -> int:
    """Bytes of large arrays that are kept at most once the arrays are gone.

    Initially 256 MiB on Linux and 0 elsewhere. Clearing fresh pages takes the system as
    long as a kernel takes to fill them, so large outputs reuse the memory of earlier
    ones. It counts as this process's but the system takes it back when short of memory.
    """
    return _training.kept_memory()


def set_kept_memory(limit: int) -> None:
    """Sets how many bytes are kept at most; what is beyond goes back at once.

    Args:
        limit: in bytes; 0 keeps nothing. Without effect where not on Linux.

    Raises:
        ValueError: if the limit is not an integer of 0 or more.
    """
    if not isinstance(limit, int) or limit < 0:
        raise ValueError(f"limit is {limit!r}, needs a number of bytes, 0 or more.")
    _training.set_kept_memory(limit)
