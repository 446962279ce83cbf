"""The kernels on a GPU, on addresses of arrays in its memory.

Nothing is allocated here, nothing is copied and nothing waits: the kernel is put on the
caller's stream.
"""

from __future__ import annotations

from collections.abc import Sequence

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import ConvGeometry, Settings

MOST_RECURRENT_NEURONS: int = _training.most_recurrent_neurons
"""Neurons of a recurrent layer that a GPU's kernel takes at most."""
MOST_ARRAYS: int = _training.most_arrays
"""Arrays of a kind that a kernel takes at most."""
_WARP = 32


def cuda_problem() -> str:
    """Empty where kernels run on a GPU here, else why not."""
    return _training.cuda_problem()


def run_on_gpu(
    kernel: str,
    shape: tuple[int, int, int, int],
    settings: Settings,
    stream: int,
    inputs: Sequence[int],
    outputs: Sequence[int],
    parameters: Sequence[int] = (),
    sizes: Sequence[int] = (),
    states: Sequence[int] = (),
    last: Sequence[int] = (),
    gradients: Sequence[int] = (),
    sums: int = 0,
    gradient_factor: float = 1.0,
    taps: int = 0,
    tap_count: int = 0,
    rule: tuple[float, float, float] = (1.0, 0.0, 0.0),
    returning_delays: int = 0,
    geometry: ConvGeometry | None = None,
    later: Sequence[int] = (),
    earlier: Sequence[int] = (),
) -> None:
    """Runs a kernel by name on contiguous arrays, which the caller has checked.

    Args:
        kernel: as `run`'s; addresses are in the order of `run`'s arrays, 0 is None.
            A backward kernel takes the gradient of its neuron's first output alone.
            Arrays of a recurrent kernel are (N, T, C): forward it gives the neuron's
            outputs, of which 0 are left out; backward it takes the spikes of the step
            before, the other outputs, and the gradient.
        shape: (N, C, S, T).
        settings: as `run`'s.
        stream: the CUDA stream's address.
        inputs: float32, of this shape.
        outputs: likewise, to write to. None may be 0 in a backward pass: it puts
            states aside there.
        parameters: float32.
        sizes: how many values each has, 1 or C.
        states: float32 (N, C, S).
        last: likewise, to write to.
        gradients: float32, of each parameter that learns, from the first; to write to.
        sums: float64, room for `sums_size` partial sums of those.
        gradient_factor: of the gradients.
        taps: float32; of a recurrent kernel the weights of each input, [from, to]
            forward and [to, from] backward.
        tap_count: how many.
        rule: step, low and high of weights that are quantised.
        returning_delays: float32 (C,) of a recurrent kernel, whole steps from 0 on;
            its backward pass has one more output then, whose values are its own.
        geometry: of window sums, whose shape is that of what they write: (N, C,
            windows, T), or of the adjoint (N, C, H W, T).
        later: float32 (N, C, S) each, what the backward pass of later steps carried
            to the last of these; 0 is none. A recurrent kernel takes the spikes of
            the last of these as the last of `MOST_ARRAYS`.
        earlier: likewise, to write what this one carries to the steps before. Whoever
            takes it counts what decays multiply in the states between.

    Raises:
        ValueError: if a parameter has neither one value nor one per channel, or a
            recurrent layer has more than `MOST_RECURRENT_NEURONS`; if windows have
            not as many taps as places, or another shape.
    """
    _training.run_cuda(
        kernel,
        shape,
        settings,
        stream,
        inputs,
        outputs,
        parameters,
        sizes,
        states,
        last,
        gradients,
        sums,
        gradient_factor,
        taps,
        tap_count,
        rule,
        returning_delays,
        geometry,
        later,
        earlier,
    )


def sums_size(rows: int, sizes: Sequence[int], recurrent: bool = False) -> int:
    """How many partial sums a backward kernel leaves for parameters of these sizes.

    Args:
        rows: N C S.
        sizes: values of each parameter that learns; one value has a sum a warp.
        recurrent: of a recurrent kernel, where it has a sum a row.
    """
    if recurrent:
        return rows * len(sizes)
    return sum(-(-rows // _WARP) if size == 1 else rows for size in sizes)
