"""The kernels on a GPU: tensors in its memory, on PyTorch's current stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._operator import Tensors

_TYPES = {torch.float32: "<f4", torch.float64: "<f8"}


@cache
def _kernels_here() -> bool:
    return not training.cuda_problem()


def on_gpu(x: torch.Tensor) -> bool:
    """Whether a CUDA kernel runs on this tensor."""
    return x.device.type == "cuda" and x.dtype == torch.float32 and _kernels_here()


@dataclass(frozen=True)
class _Memory:
    """A contiguous tensor as the kernels take it, whatever autograd knows of it."""

    tensor: torch.Tensor

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": tuple(self.tensor.shape),
            "typestr": _TYPES[self.tensor.dtype],
            "data": (self.tensor.data_ptr(), False),
            "strides": None,
            "version": 3,
        }


@contextmanager
def _stream_of(x: torch.Tensor) -> Iterator[int]:
    """Makes the tensor's device current; gives its stream."""
    with torch.cuda.device(x.device):
        yield torch.cuda.current_stream(x.device).cuda_stream


def _four(shape: torch.Size) -> tuple[int, int, int, int]:
    batch = shape[0] if len(shape) > 1 else 1
    channels = shape[1] if len(shape) > 2 else 1
    return batch, channels, prod(shape[2:-1]), shape[-1]


def _in_memory(
    tensors: Sequence[torch.Tensor | None], shape: Sequence[int]
) -> list[_Memory | None]:
    return [
        None if t is None else _Memory(t.detach().contiguous().reshape(shape))
        for t in tensors
    ]


@dataclass(frozen=True)
class Launched:
    """What a kernel wrote.

    Attributes:
        outputs: those that were wanted, shaped as the inputs.
        states: the last ones, without the time axis.
        sums: gradients of the first parameters, shaped as they are.
    """

    outputs: Tensors
    states: Tensors
    sums: Tensors


def launch(
    kernel: str,
    inputs: Sequence[torch.Tensor | None],
    settings: training.Settings,
    *,
    parameters: Tensors = (),
    states: Tensors = (),
    taps: torch.Tensor | None = None,
    out: Sequence[bool] = (True,),
    ends: int = 0,
    learned: int = 0,
    scratch: int = 0,
) -> Launched:
    """Runs a kernel of core by name.

    Args:
        kernel: its name.
        inputs: shaped (N, C, ..., T) each; None reads as zero.
        settings: its scalars.
        parameters: one value or one per channel each.
        states: of shape (N, C, ...) or broadcast to it.
        taps: those of a filter.
        out: which of its outputs are wanted.
        ends: how many last states it gives.
        learned: how many parameters, from the first, want their gradient.
        scratch: how many planes like an input a backward pass records.
    """
    x = inputs[0]
    assert x is not None
    shape = _four(x.shape)
    outputs = [x.new_empty(shape) if wanted else None for wanted in out]
    lasts = [x.new_empty(shape[:-1]) for _ in range(ends)]
    rows = [x.new_empty(shape[:-1], dtype=torch.float64) for _ in range(learned)]
    room = x.new_empty((scratch, *shape)) if scratch else None
    spread = [s.expand(x.shape[:-1]) for s in states]
    with _stream_of(x) as stream:
        training.run_on_gpu(
            kernel,
            _in_memory(inputs, shape),
            _in_memory(outputs, shape),
            decays=_in_memory(parameters, (-1,)),
            states=_in_memory(spread, shape[:-1]),
            last=_in_memory(lasts, shape[:-1]),
            row_gradients=_in_memory(rows, shape[:-1]),
            taps=None if taps is None else _in_memory([taps], (-1,))[0],
            scratch=None if room is None else _Memory(room),
            settings=settings,
            stream=stream,
        )
    return Launched(
        [o.reshape(x.shape) for o in outputs if o is not None],
        [s.reshape(x.shape[:-1]) for s in lasts],
        [_summed(r, p) for r, p in zip(rows, parameters, strict=False)],
    )


def _summed(rows: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """Gradients of rows (N, C, S) summed over what each value serves."""
    total = rows.sum() if parameter.numel() == 1 else rows.sum((0, 2))
    return total.to(parameter.dtype).reshape(parameter.shape)
