"""The kernels on a GPU, on addresses of arrays in its memory.

Nothing is allocated here, nothing is copied and nothing waits: the kernel is put on the
caller's stream.
"""

from __future__ import annotations

from collections.abc import Sequence

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._settings import Settings

__all__ = ["cuda_problem", "run_on_gpu"]


def cuda_problem() -> str:
    """Empty where kernels run on a GPU here, else why not."""
    return _training.cuda_problem()


def run_on_gpu(
    kernel: str,
    shape: tuple[int, int, int, int],
    inputs: Sequence[int],
    outputs: Sequence[int],
    settings: Settings,
    *,
    parameters: Sequence[int] = (),
    sizes: Sequence[int] = (),
    states: Sequence[int] = (),
    last: Sequence[int] = (),
    row_gradients: Sequence[int] = (),
    taps: int = 0,
    tap_count: int = 0,
    scratch: int = 0,
    stream: int = 0,
) -> None:
    """Runs a kernel by name on contiguous arrays, which the caller has checked.

    Args:
        kernel: as `run`'s; addresses are in the order of `run`'s arrays, 0 is None.
        shape: (N, C, S, T).
        inputs: float32, of this shape.
        outputs: likewise, to write to.
        settings: as `run`'s.
        parameters: float32.
        sizes: how many values each has, 1 or C.
        states: float32 (N, C, S).
        last: likewise, to write to.
        row_gradients: float64 (N, C, S) for each parameter that learns, to be summed
            by the caller.
        taps: float32.
        tap_count: how many.
        scratch: float32, as many arrays of the shape as the kernel's forward pass has
            outputs; for backward passes that compute the states again.
        stream: the CUDA stream's address.

    Raises:
        ValueError: if a parameter has neither one value nor one per channel.
    """
    if any(size not in (1, shape[1]) for size in sizes):
        raise ValueError(f"parameters have {sizes} values, need 1 or {shape[1]} each.")
    _training.run_cuda(
        kernel,
        shape,
        inputs,
        outputs,
        parameters,
        [0 if size == 1 else 1 for size in sizes],
        states,
        last,
        row_gradients,
        taps,
        tap_count,
        scratch,
        settings,
        stream,
    )
