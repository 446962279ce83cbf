"""Event files: five bytes an event, or numpy arrays.

:mod:`lava.lib.dl.spec.events` has the bytes of an event.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.slayer.io._event import Event
from lava.lib.dl.spec.events import read_events

_Path = str | PathLike[str]
_LARGEST_TIME = (1 << 23) - 1  # microseconds


def read_1d_spikes(filename: _Path) -> Event:
    """Reads binary events of one dimension.

    Args:
        filename: path of the file.

    Returns:
        The events, their time in milliseconds.

    Raises:
        ValueError: if the file isn't a whole number of events long.
    """
    first, second, polarity, time = read_events(filename)
    return Event((first << 8) | second, None, polarity, time / 1000)


def read_2d_spikes(filename: _Path) -> Event:
    """Reads binary events of two dimensions, the format of N-MNIST.

    Args:
        filename: path of the file.

    Returns:
        The events, their time in milliseconds.

    Raises:
        ValueError: if the file isn't a whole number of events long.
    """
    x, y, polarity, time = read_events(filename)
    return Event(x, y, polarity, time / 1000)


def encode_1d_spikes(filename: _Path, td_event: Event) -> None:
    """Writes binary events of one dimension.

    Args:
        filename: path of the file.
        td_event: events with x below 65,536, c below 2, t below 8388.608 ms.

    Raises:
        ValueError: if an event doesn't fit, has a payload or two dimensions.
    """
    _check_plain(td_event, 1)
    _check_range("x", td_event.x, 0xFFFF)
    _encode(filename, td_event.x >> 8, td_event.x & 0xFF, td_event)


def encode_2d_spikes(filename: _Path, td_event: Event) -> None:
    """Writes binary events of two dimensions, the format of N-MNIST.

    Args:
        filename: path of the file.
        td_event: events with x and y below 256, c below 2, t below 8388.608 ms.

    Raises:
        ValueError: if an event doesn't fit, has a payload or one dimension.
    """
    _check_plain(td_event, 2)
    _check_range("x", td_event.x, 0xFF)
    _check_range("y", td_event.y, 0xFF)
    _encode(filename, td_event.x, td_event.y, td_event)


def read_np_spikes(
    filename: _Path, fmt: str = "xypt", time_unit: float = 1e-3
) -> Event:
    """Reads events from a numpy file.

    Args:
        filename: path of an array (n, 3) of x, c, t or (n, 4) of x, y, c, t; a
            ``.npz`` holds that array alone.
        fmt: order of the columns; 'xypt' is the only one.
        time_unit: unit of the file's times in seconds.

    Returns:
        The events, their time in milliseconds.

    Raises:
        ValueError: if the array has another shape, or the format is unknown.
    """
    _check_format(fmt)
    table = _array(filename)
    if table.ndim != 2 or table.shape[1] not in (3, 4):
        raise ValueError(
            f"{filename} must hold an array (n, 3) or (n, 4), got {table.shape}"
        )
    x, *rest, c, t = table.T
    y = rest[0] if rest else None
    return Event(x, y, c, t * (time_unit * 1e3))


def _array(filename: _Path) -> NDArray[Any]:
    """The one array of a file."""
    contents = np.load(filename, allow_pickle=False)
    if not isinstance(contents, np.lib.npyio.NpzFile):
        return contents
    with contents:
        if len(contents.files) != 1:
            raise ValueError(
                f"{filename} holds the arrays {', '.join(contents.files) or 'none'}; "
                "needed is one, of events. Save it by np.save"
            )
        return contents[contents.files[0]]


def encode_np_spikes(
    filename: _Path, td_event: Event, fmt: str = "xypt", time_unit: float = 1e-3
) -> None:
    """Writes events to a numpy file.

    Args:
        filename: path of the file.
        td_event: events without payload.
        fmt: order of the columns; 'xypt' is the only one.
        time_unit: unit of the file's times in seconds.

    Raises:
        ValueError: if the events have a payload, or the format is unknown.
    """
    _check_format(fmt)
    _check_plain(td_event, td_event.dim)
    rows = [] if td_event.dim == 1 else [td_event.y]
    time = td_event.t / (time_unit * 1e3)
    table = np.stack([td_event.x, *rows, td_event.c, time], axis=-1)
    np.save(filename, table.astype(np.float64))


def _encode(
    filename: _Path, first: NDArray[Any], second: NDArray[Any], event: Event
) -> None:
    time = np.round(event.t * 1000).astype(np.int64)
    _check_range("c", event.c, 1)
    _check_range("t in microseconds", time, _LARGEST_TIME)
    byte = [
        first,
        second,
        (event.c << 7) | (time >> 16),
        (time >> 8) & 0xFF,
        time & 0xFF,
    ]
    Path(filename).write_bytes(np.stack(byte, axis=-1).astype(np.uint8).tobytes())


def _check_format(fmt: str) -> None:
    if fmt != "xypt":
        raise ValueError(f"fmt must be 'xypt', got {fmt!r}")


def _check_plain(event: Event, dim: int) -> None:
    if event.dim != dim:
        raise ValueError(
            f"this file holds events of {dim} dimension(s), got events of {event.dim}"
        )
    if event.graded:
        raise ValueError("this file has no place for the payload of graded events")


def _check_range(name: str, values: NDArray[Any], largest: int) -> None:
    if values.size and (values.min() < 0 or values.max() > largest):
        raise ValueError(
            f"{name} must be within 0 and {largest} in this file, got "
            f"{values.min()} to {values.max()}"
        )
