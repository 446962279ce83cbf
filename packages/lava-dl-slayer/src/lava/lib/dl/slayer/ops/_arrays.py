"""Tensors as the arrays (N, C, S, T) that kernels take, without copies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lava.lib.dl.slayer.ops._operator import Tensors

Floats = NDArray[np.float32]


def compiled(x: torch.Tensor) -> bool:
    """Whether a compiled kernel runs on this tensor."""
    return x.is_cpu and x.dtype == torch.float32


def array(x: torch.Tensor) -> Floats:
    """An array of a tensor, as it is."""
    plain = x.detach() if x.requires_grad else x
    values: Floats = plain.contiguous().numpy()
    return values


def rows(x: torch.Tensor) -> Floats:
    """An array (N, C, S, T) of a tensor (N, C, ..., T); channels need rank 3."""
    return array(x).reshape(*_blocks(x.shape[:-1]), x.shape[-1])


def states(states: Tensors, x: torch.Tensor) -> list[Floats]:
    """Arrays (N, C, S) of states that have one value or the shape of x without time."""
    return states_of(states, x.shape[:-1])


def states_of(states: Tensors, shape: Sequence[int]) -> list[Floats]:
    """The same of states of one value or of this shape (N, C, ...)."""
    blocks = _blocks(shape)
    return [
        array(s if s.shape == shape else s.expand(shape)).reshape(blocks)
        for s in states
    ]


def _blocks(shape: Sequence[int]) -> tuple[int, int, int]:
    batch = shape[0] if len(shape) > 0 else 1
    channels = shape[1] if len(shape) > 1 else 1
    return batch, channels, math.prod(shape[2:])


def values(parameters: Tensors) -> list[Floats]:
    return [array(p).reshape(-1) for p in parameters]


def tensors(arrays: Sequence[Floats | None], shape: Sequence[int]) -> Tensors:
    return [torch.from_numpy(a.reshape(shape)) for a in arrays if a is not None]


def parameter_gradients(sums: Sequence[Floats], parameters: Tensors) -> Tensors:
    pairs = zip(sums, parameters, strict=False)
    return [torch.from_numpy(s.reshape(p.shape)) for s, p in pairs]
