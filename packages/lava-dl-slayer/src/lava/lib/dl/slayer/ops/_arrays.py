"""Tensors as the arrays (N, C, S, T) that kernels take, without copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lava.lib.dl.slayer.ops._operator import Tensors

Floats = NDArray[np.float32]


def compiled(x: torch.Tensor) -> bool:
    """Whether a compiled kernel runs on this tensor."""
    return x.device.type == "cpu" and x.dtype == torch.float32


def rows(x: torch.Tensor) -> Floats:
    """An array (N, C, S, T) of a tensor (N, C, ..., T); channels need rank 3."""
    shape = tuple(x.shape)
    batch = shape[0] if len(shape) > 1 else 1
    channels = shape[1] if len(shape) > 2 else 1
    inner = int(np.prod(shape[2:-1], dtype=np.int64))
    rows: Floats = x.detach().contiguous().numpy()
    return rows.reshape(batch, channels, inner, shape[-1])


def states(states: Tensors, x: torch.Tensor) -> list[Floats]:
    shape = x.shape[:-1]
    spread = (s.detach().expand(shape).unsqueeze(-1) for s in states)
    return [rows(s)[..., 0] for s in spread]


def values(parameters: Tensors) -> list[Floats]:
    return [p.detach().contiguous().numpy().reshape(-1) for p in parameters]


def tensors(arrays: Sequence[Floats | None], shape: Sequence[int]) -> Tensors:
    return [torch.from_numpy(a).reshape(shape) for a in arrays if a is not None]


def parameter_gradients(sums: Sequence[Floats], parameters: Tensors) -> Tensors:
    pairs = zip(sums, parameters, strict=False)
    return [torch.from_numpy(s).reshape(p.shape) for s, p in pairs]
