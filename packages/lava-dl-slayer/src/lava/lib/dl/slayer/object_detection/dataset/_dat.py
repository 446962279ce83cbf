"""Event recordings in Prophesee's DAT format.

Lines of text that begin with ``%``; two bytes, the kind and the size of a record;
then records of two little-endian 32-bit words: time in microseconds, and an address
with x in bits 0 to 13, y in bits 14 to 27 and polarity in bit 28.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_RECORD = np.dtype([("t", "<u4"), ("address", "<u4")])
_KINDS = (0, 12)  # both are "CD" events, of change detection
_DEFAULT_SIZE = (240, 304)  # the sensor of files that do not say


class DatFile:
    """A recording, mapped into memory.

    Args:
        path: A ``.dat`` file.

    Raises:
        ValueError: The file is no DAT recording of change-detection events.
    """

    def __init__(self, path: Path) -> None:
        header, start = _header(path)
        with path.open("rb") as file:
            file.seek(start)
            kind = file.read(2)
        if len(kind) < 2 or kind[0] not in _KINDS or kind[1] != _RECORD.itemsize:
            raise ValueError(
                f"{path} is no DAT recording: its records are of kind and size "
                f"{tuple(kind)}; kind 0 or 12 and size 8 are read."
            )
        height = re.search(rb"% Height (\d+)", header)
        width = re.search(rb"% Width (\d+)", header)
        self.height = int(height[1]) if height else _DEFAULT_SIZE[0]
        self.width = int(width[1]) if width else _DEFAULT_SIZE[1]
        start += 2
        count = (path.stat().st_size - start) // _RECORD.itemsize
        self._events: NDArray[np.void] = (
            np.memmap(path, _RECORD, mode="r", offset=start, shape=(count,))
            if count
            else np.zeros(0, _RECORD)
        )

    @property
    def duration(self) -> int:
        """Time of the last event in microseconds."""
        return int(self._events["t"][-1]) if len(self._events) else 0

    def frame(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Where events were from ``start`` until before ``stop`` microseconds.

        Returns:
            1 where there was an event (2, height, width): channel 0 of polarity 1,
            channel 1 of polarity 0.
        """
        first, last = np.searchsorted(self._events["t"], [start, stop])
        address = np.asarray(self._events["address"][first:last])
        x, y = address & 0x3FFF, address >> 14 & 0x3FFF
        inside = (x < self.width) & (y < self.height)
        channel = 1 - (address >> 28 & 1)
        frame = np.zeros((2, self.height, self.width), np.uint8)
        frame[channel[inside], y[inside], x[inside]] = 1
        return frame


def _header(path: Path) -> tuple[bytes, int]:
    """The lines of text at the beginning, and where they end."""
    lines = []
    with path.open("rb") as file:
        position = 0
        while (line := file.readline()).startswith(b"%"):
            lines.append(line)
            position = file.tell()
    return b"".join(lines), position
