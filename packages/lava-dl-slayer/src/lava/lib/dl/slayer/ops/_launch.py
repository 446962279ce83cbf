"""Runs a kernel of core on tensors where they are: on the CPU or on a GPU.

A launch on a GPU takes addresses alone, goes to PyTorch's current stream and never
waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lava.lib.dl.core import training

__all__ = ["Written", "array", "compiled", "launch", "runs_on"]

Floats = NDArray[np.float32]
Tensors = Sequence[torch.Tensor]


class Written(NamedTuple):
    """What a kernel wrote.

    Attributes:
        outputs: shaped as the first input.
        states: the last ones, without the time axis.
        gradients: of the first parameters, shaped as they are.
    """

    outputs: list[torch.Tensor]
    states: list[torch.Tensor]
    gradients: list[torch.Tensor]


def compiled(x: torch.Tensor) -> bool:
    """Whether a compiled kernel runs on this tensor, which is on the CPU."""
    return x.is_cpu and x.dtype is torch.float32


def runs_on(x: torch.Tensor) -> str:
    """The kind of device that has a kernel for this tensor; empty if none has."""
    if x.dtype is not torch.float32:
        return ""
    return "cpu" if x.is_cpu else "cuda" if x.is_cuda and _kernels_on_gpu() else ""


@cache
def _kernels_on_gpu() -> bool:
    return not training.cuda_problem()


def array(x: torch.Tensor) -> Floats:
    """The array of a tensor, made contiguous."""
    plain = x.detach() if x.requires_grad else x
    values: Floats = plain.contiguous().numpy()
    return values


def four(shape: Sequence[int]) -> tuple[int, int, int, int]:
    """(N, C, S, T) of a shape (N, C, ..., T); channels need rank 3."""
    rank = len(shape)
    batch = shape[0] if rank > 1 else 1
    channels = shape[1] if rank > 2 else 1
    return batch, channels, prod(shape[2:-1]), shape[-1]


def launch(
    kernel: str,
    inputs: Sequence[torch.Tensor | None],
    settings: training.Settings,
    *,
    parameters: Tensors = (),
    states: Tensors = (),
    taps: torch.Tensor | None = None,
    outputs: int = 1,
    last: int = 0,
    learned: int = 0,
    scratch: int = 0,
    decays: bool = False,
) -> Written:
    """Runs a kernel of core by name, where the first input is.

    Args:
        kernel: its name.
        inputs: shaped (N, C, ..., T) each; None after the first reads as zero.
        settings: its scalars.
        parameters: one value or one per channel each.
        states: of shape (N, C, ...), or spread to it.
        taps: those of a filter.
        outputs: how many tensors like the first input it writes.
        last: how many last states it gives.
        learned: how many parameters, from the first, want their gradient.
        scratch: how many planes like an input a GPU's backward pass records.
        decays: whether the parameters are 4096 times a decay each.
    """
    x = inputs[0]
    assert x is not None
    shape, rows = x.shape, x.shape[:-1]
    on = _on_gpu if runs_on(x) == "cuda" else _on_cpu
    written = on(
        kernel,
        four(shape),
        inputs,
        settings,
        parameters,
        [s if s.shape == rows else s.expand(rows) for s in states],
        taps,
        (outputs, last, learned, scratch, decays),
    )
    gradients = []
    for sums, p in zip(written.gradients, parameters, strict=False):
        gradients.append((sums / 4096 if decays else sums).reshape(p.shape))
    return Written(
        [each.reshape(shape) for each in written.outputs],
        [each.reshape(rows) for each in written.states],
        gradients,
    )


def _on_cpu(
    kernel: str,
    shape: tuple[int, int, int, int],
    inputs: Sequence[torch.Tensor | None],
    settings: training.Settings,
    parameters: Tensors,
    states: Tensors,
    taps: torch.Tensor | None,
    counts: tuple[int, int, int, int, bool],
) -> Written:
    outputs, last, learned, _, decays = counts
    values = arrays(parameters, (-1,))
    if decays:
        training.check_decays(values, shape[1])
    result = training.run(
        kernel,
        arrays(inputs, shape),
        settings,
        parameters=values,
        states=arrays(states, shape[:-1]),
        taps=None if taps is None else array(taps).reshape(-1),
        outputs=outputs,
        last=last,
        learned=learned,
    )
    make = torch.from_numpy
    return Written(
        list(map(make, result.outputs)),
        list(map(make, result.states)),
        list(map(make, result.gradients)),
    )


def arrays(tensors: Sequence[torch.Tensor | None], shape: Sequence[int]) -> list[Any]:
    """Arrays of this shape, None for None."""
    found: list[Any] = []
    for x in tensors:
        if x is not None:
            plain = x.detach() if x.requires_grad else x
            found.append(plain.contiguous().numpy().reshape(shape))
        else:
            found.append(None)
    return found


def _on_gpu(
    kernel: str,
    shape: tuple[int, int, int, int],
    inputs: Sequence[torch.Tensor | None],
    settings: training.Settings,
    parameters: Tensors,
    states: Tensors,
    taps: torch.Tensor | None,
    counts: tuple[int, int, int, int, bool],
) -> Written:
    outputs, last, learned, planes, _ = counts
    x, rows = inputs[0], shape[:-1]
    assert x is not None
    given = [None if t is None else t.contiguous() for t in inputs]
    held = [t.contiguous() for t in (*parameters, *states)]
    starts = held[len(parameters) :]
    written = [x.new_empty(shape) for _ in range(outputs)]
    ends = [x.new_empty(rows) for _ in range(last)]
    sums = [x.new_empty(rows, dtype=torch.float64) for _ in range(learned)]
    taps = None if taps is None else taps.contiguous()
    room = x.new_empty((planes, *shape)) if planes else None
    training.run_on_gpu(
        kernel,
        shape,
        _addresses(given, x.device),
        _addresses(written, x.device),
        settings,
        parameters=_addresses(held[: len(parameters)], x.device),
        sizes=[p.numel() for p in parameters],
        states=_addresses(starts, x.device),
        last=_addresses(ends, x.device),
        row_gradients=[each.data_ptr() for each in sums],
        taps=_addresses([taps], x.device)[0],
        tap_count=0 if taps is None else taps.numel(),
        scratch=0 if room is None else room.data_ptr(),
        stream=_stream(x.device),
    )
    gradients = [_summed(r, p) for r, p in zip(sums, parameters, strict=False)]
    return Written(written, ends, gradients)


def _addresses(
    tensors: Sequence[torch.Tensor | None], device: torch.device
) -> list[int]:
    """Addresses of float32 arrays on a device, which a kernel can't check itself."""
    for t in tensors:
        if t is not None and (t.dtype is not torch.float32 or t.device != device):
            raise ValueError(
                f"a tensor is {t.dtype} on {t.device}, needs float32 on {device}."
            )
    return [0 if t is None else t.data_ptr() for t in tensors]


def _stream(device: torch.device) -> int:
    return int(torch.cuda.current_stream(device).cuda_stream)


def _summed(rows: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """Gradients of rows (N, C, S) summed over what each value serves."""
    total = rows.sum() if parameter.numel() == 1 else rows.sum((0, 2))
    return total.to(parameter.dtype)
