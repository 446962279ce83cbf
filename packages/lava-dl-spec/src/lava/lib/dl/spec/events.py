"""Event files: five bytes an event, most significant first, without a header.

====  ======================================  ======================
byte  ``.bs1``                                ``.bs2``, ``.bin``
====  ======================================  ======================
0, 1  neuron                                  x, y
2     bit 7: polarity; rest: time bits 22-16  the same
3, 4  time bits 15-0, in microseconds         the same
====  ======================================  ======================
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["EVENT_BYTES", "read_events"]

EVENT_BYTES = 5
Ints = npt.NDArray[np.int64]


def read_events(path: str | os.PathLike[str]) -> tuple[Ints, Ints, Ints, Ints]:
    """Read an event file.

    Returns:
        Of each event the first and the second byte, the polarity, and the time in
        microseconds.

    Raises:
        ValueError: The file is not a whole number of events long.
    """
    raw = np.frombuffer(Path(path).read_bytes(), np.uint8)
    if raw.size % EVENT_BYTES:
        raise ValueError(
            f"{path}: {raw.size} bytes are not a multiple of {EVENT_BYTES}, the size "
            "of one event; it is cut off or no event file"
        )
    byte = raw.reshape(-1, EVENT_BYTES).T.astype(np.int64)
    time = (byte[2] & 0x7F) << 16 | byte[3] << 8 | byte[4]
    return byte[0], byte[1], byte[2] >> 7, time
