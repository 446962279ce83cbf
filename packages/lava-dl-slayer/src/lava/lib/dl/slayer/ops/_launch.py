"""Runs a kernel of core on tensors where they are: on the CPU or on a GPU.

A launch on a GPU takes addresses alone, goes to PyTorch's current stream and never
waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lava.lib.dl.core import training

Floats = NDArray[np.float32]
Tensors = Sequence[torch.Tensor]
Rule = tuple[float, float, float]

ZERO = torch.zeros(1)  # stands for zeros of any shape
NOTHING = torch.empty(0)  # its address is 0, as that of an absent array


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
    return plain.contiguous().numpy()


def arrays(tensors: Sequence[torch.Tensor | None]) -> list[Any]:
    """Arrays of tensors, None for None."""
    result: list[Any] = []
    for x in tensors:
        if x is not None:
            plain = x.detach() if x.requires_grad else x
            result.append(plain.contiguous().numpy())
        else:
            result.append(None)
    return result


def is_by_steps(x: torch.Tensor) -> bool:
    """Whether a tensor (N, C, T) lies in memory as (N, T, C)."""
    return x.ndim == 3 and x.mT.is_contiguous() and not x.is_contiguous()


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
    parameters: Tensors = (),
    states: Tensors = (),
    taps: torch.Tensor | None = None,
    outputs: int = 1,
    last: int = 0,
    learned: int = 0,
    rule: Rule = (1.0, 0.0, 0.0),
    later: Sequence[torch.Tensor | None] = (),
    earlier: int = 0,
) -> list[torch.Tensor]:
    """Runs a kernel of core by name, where the first input is.

    Args:
        kernel: its name.
        inputs: shaped (N, C, ..., T) each; None after the first reads as zero.
        settings: its scalars.
        parameters: one value or one per channel each.
        states: of shape (N, C, ...), or of one value.
        taps: those of a filter.
        outputs: how many tensors like the first input it writes.
        last: how many of the states, from the first, it gives as they end.
        learned: how many parameters, from the first, want their gradient.
        rule: step, low and high of a GPU's quantised weights.
        later: what a backward pass of later steps handed on, None for zeros.
        earlier: how many tensors this one hands on to earlier steps.

    Returns:
        The outputs, the last states, the gradients, shaped as the parameters, and
        what goes to earlier steps.
    """
    x, counts = inputs[0], (outputs, last, learned)
    assert x is not None
    if runs_on(x) == "cuda":
        arguments = kernel, x, inputs, settings, parameters, states, taps
        return _on_gpu(*arguments, counts, rule, later, earlier)
    after = [ZERO if g is None else g for g in later]
    written = training.run(
        kernel, inputs, settings, parameters, states, taps, *counts, after, earlier
    )
    return [
        *written.outputs,
        *written.states,
        *written.gradients,
        *written.earlier,
    ]


def _on_gpu(
    kernel: str,
    x: torch.Tensor,
    inputs: Sequence[torch.Tensor | None],
    settings: training.Settings,
    parameters: Tensors,
    states: Tensors,
    taps: torch.Tensor | None,
    counts: tuple[int, int, int],
    rule: Rule,
    later: Sequence[torch.Tensor | None],
    earlier: int,
) -> list[torch.Tensor]:
    outputs, last, learned = counts
    shape, device = x.shape, x.device
    rows = shape[:-1]
    # Held until the launch: a copy that is contiguous has no other owner.
    placed_inputs, values = placed(inputs, device), placed(parameters, device)
    starts = placed([s if s.shape == rows else s.expand(rows) for s in states], device)
    (filtered,) = placed((taps,), device)
    # Like another is made in half the time of a shape's.
    written = [torch.empty_like(placed_inputs[0]) for _ in range(outputs)]
    ends = [torch.empty_like(s) for s in starts[:last]]
    sizes = [p.numel() for p in parameters]
    gradients = [torch.empty_like(p) for p in values[:learned]]
    after = placed(later, device) if later else []
    before = handed_on(after, earlier, starts) if earlier else []
    sums = NOTHING
    if learned:
        room = training.sums_size(prod(rows), sizes[:learned])
        sums = x.new_empty(room, dtype=torch.float64)
    training.run_on_gpu(
        kernel,
        four(shape),
        settings,
        stream_of(device),
        [t.data_ptr() for t in placed_inputs],
        [t.data_ptr() for t in written],
        [t.data_ptr() for t in values],
        sizes,
        [t.data_ptr() for t in starts],
        [t.data_ptr() for t in ends],
        [t.data_ptr() for t in gradients],
        sums.data_ptr(),
        1 / 4096 if training.takes_decays(kernel) else 1.0,
        filtered.data_ptr(),
        filtered.numel(),
        rule,
        later=[t.data_ptr() for t in after],
        earlier=[t.data_ptr() for t in before],
    )
    return [*written, *ends, *gradients, *before]


def handed_on(after: Tensors, count: int, states: Tensors) -> list[torch.Tensor]:
    """Room for what goes to earlier steps; of no steps, that of the later ones."""
    buffers = [g.clone() if g.numel() else None for g in after[:count]]
    buffers += [None] * (count - len(buffers))
    return [torch.zeros_like(states[0]) if g is None else g for g in buffers]


def placed(
    tensors: Sequence[torch.Tensor | None], device: torch.device
) -> list[torch.Tensor]:
    """Contiguous float32 tensors on a device: a kernel can't check addresses."""
    result = []
    for t in tensors:
        if t is None:
            result.append(NOTHING)
        elif t.dtype is torch.float32 and t.device == device:
            result.append(t.contiguous())
        else:
            raise ValueError(
                f"a tensor is {t.dtype} on {t.device}, needs float32 on {device}."
            )
    return result


def stream_of(device: torch.device) -> int:
    """PyTorch's current stream on a GPU."""
    return _stream(device.index)


def _stream(device: int) -> int:
    return int(torch._C._cuda_getCurrentRawStream(device))
