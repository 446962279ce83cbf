"""Events to dense tensors and back."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from lava.lib.dl.slayer.io._event import Event

Indices = tuple[NDArray[np.int64], ...]


def to_tensor(
    event: Event, sampling_time: float, dim: tuple[int, ...] | None
) -> NDArray[np.float64]:
    """Bins events in a new array; see ``Event.to_tensor``."""
    if dim is None:
        dim = _dimensions(event, sampling_time)
    if event.dim == 2:
        return fill_tensor(event, np.zeros(dim), sampling_time)
    channels, columns, steps = dim
    empty = np.zeros((channels, 1, columns, steps))
    return fill_tensor(event, empty, sampling_time).reshape(dim)


def _dimensions(event: Event, sampling_time: float) -> tuple[int, ...]:
    if len(event) == 0:
        raise ValueError("there are no events to take the shape from; give dim")
    steps = int(np.round(event.t.max() / sampling_time + 1))
    space = [event.x] if event.dim == 1 else [event.y, event.x]
    return (*(int(index.max()) + 1 for index in (event.c, *space)), steps)


def fill_tensor(
    event: Event,
    tensor: Any,
    sampling_time: float = 1,
    random_shift: bool = False,
    binning_mode: str = "OR",
) -> Any:
    """Bins events in place; see ``Event.fill_tensor``."""
    mode = binning_mode.upper()
    if mode not in ("OR", "SUM"):
        raise ValueError(f"binning_mode must be 'OR' or 'SUM', got {binning_mode!r}")
    if tensor.ndim != 4:
        raise ValueError(
            f"the tensor must be of shape (C, H, W, T), got {tuple(tensor.shape)}"
        )
    if len(event) == 0:
        return tensor
    start = _random_start(event, sampling_time, tensor.shape[-1]) if random_shift else 0
    channel, *rest = _cells(event, sampling_time, start)
    index = (_fitted(channel, tensor.shape[0]), *rest)
    inside = np.all(
        [(i >= 0) & (i < size) for i, size in zip(index, tensor.shape, strict=True)],
        axis=0,
    )
    index = tuple(i[inside] for i in index)
    if event.p is not None:
        _add(tensor, index, event.p[inside])
    elif mode == "SUM":
        _add(tensor, index, np.full(len(index[0]), 1 / sampling_time))
    else:
        tensor[index] = 1 / sampling_time
    return tensor


def _fitted(channel: NDArray[np.int64], channels: int) -> NDArray[np.int64]:
    """The events' channels, of which a tensor of one channel takes any one."""
    if channels == 1 and channel.min() == channel.max():
        return np.zeros_like(channel)
    lost = int((channel >= channels).sum())
    if lost:
        warnings.warn(
            f"{lost} of {channel.size} events lie in channels from {channels} to "
            f"{channel.max()}, which the tensor doesn't have; they are left out",
            stacklevel=4,
        )
    return channel


def _cells(event: Event, sampling_time: float, start: int) -> Indices:
    row = np.zeros_like(event.x) if event.dim == 1 else event.y
    step = np.round(event.t / sampling_time).astype(np.int64) - start
    return event.c, row, event.x, step


def _random_start(event: Event, sampling_time: float, steps: int) -> int:
    first = int(event.t.min() / sampling_time)
    last = int(event.t.max() / sampling_time)
    low, high = sorted((first, last - steps + 1))
    return int(np.random.randint(low, high + 1))


def _add(tensor: Any, index: Indices, values: NDArray[Any]) -> None:
    if isinstance(tensor, Tensor):
        indices = tuple(torch.from_numpy(i).to(tensor.device) for i in index)
        tensor.index_put_(indices, torch.as_tensor(values).to(tensor), accumulate=True)
    else:
        np.add.at(tensor, index, values)


def tensor_to_event(
    spike_tensor: Tensor | NDArray[Any], sampling_time: float = 1
) -> Event:
    """Events of a dense tensor.

    Args:
        spike_tensor: shape (C, X, T) or (C, H, W, T).
        sampling_time: length of a time step in milliseconds.

    Returns:
        The non-zero entries in C order. Binary events where every value is
        ``1 / sampling_time``, else graded ones with value times sampling time as
        payload.

    Raises:
        ValueError: if the tensor is of another rank.
    """
    from lava.lib.dl.slayer.io._event import Event

    if isinstance(spike_tensor, Tensor):
        spike_tensor = spike_tensor.detach().cpu().numpy()
    if spike_tensor.ndim not in (3, 4):
        raise ValueError(
            "spike_tensor must be of shape (C, X, T) or (C, H, W, T), "
            f"got {spike_tensor.shape}"
        )
    c, *space, t = np.nonzero(spike_tensor)
    y = space[0] if len(space) == 2 else None
    payload = spike_tensor[spike_tensor != 0] * sampling_time
    binary = np.abs(payload - 1).sum() < 1e-6
    return Event(space[-1], y, c, t * sampling_time, None if binary else payload)
