"""How many threads the training kernels use."""

from __future__ import annotations

from lava.lib.dl.core import _training


def get_num_threads() -> int:
    """Threads a training kernel may use.

    Those set, or LAVA_DL_NUM_THREADS. Else, on Linux, as many as PyTorch or another
    user of OpenMP in the process (``torch.set_num_threads``); where none is,
    OMP_NUM_THREADS or the usable cores.
    """
    return _training.thread_count()


def set_num_threads(count: int | None) -> None:
    """Sets how many threads a training kernel may use; results do not depend on it.

    Args:
        count: how many; None for as many as before any were set.

    Raises:
        ValueError: if count is not a positive integer.
    """
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"count is {count!r}, needs a positive integer.")
    _training.set_thread_count(count or 0)
