"""How many threads the training kernels use."""

from __future__ import annotations

from lava.lib.dl.core import _training


def get_num_threads() -> int:
    """Threads a training kernel may use.

    Initially LAVA_DL_NUM_THREADS or OMP_NUM_THREADS where set, else the usable cores.
    """
    return _training.thread_count()


def set_num_threads(count: int) -> None:
    """Sets how many threads a training kernel may use; results do not depend on it.

    Raises:
        ValueError: if count is not a positive integer.
    """
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"count is {count!r}, needs a positive integer.")
    _training.set_thread_count(count)
