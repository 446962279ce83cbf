"""Modules called once per time step around a network: quantisation and queues."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FIFO", "AbstractSeqModule", "Dequantize", "Quantize"]


class AbstractSeqModule(ABC):
    """A step of a sequential pipeline.

    Subclasses define ``forward``. One that also defines ``post_forward`` has it run in
    a thread after each call; the next call waits for it.

    Attributes:
        time_step: Number of calls so far.
    """

    def __init__(self) -> None:
        self.time_step = 0
        self._post_thread: threading.Thread | None = None

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute one step."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for what the last call left running, then compute one step."""
        self.join()
        self.time_step += 1
        result = self.forward(*args, **kwargs)
        post_forward = getattr(self, "post_forward", None)
        if post_forward is not None:
            # Not a daemon: the interpreter waits for it at exit.
            self._post_thread = threading.Thread(target=post_forward)
            self._post_thread.start()
        return result

    def join(self) -> None:
        """Wait for ``post_forward`` of the last call."""
        if self._post_thread is not None:
            self._post_thread.join()
            self._post_thread = None


class Quantize(AbstractSeqModule):
    r"""Real numbers to fixed point, ``round(x * 2**exp)`` with halves to even.

    Args:
        exp: Number of fraction bits.
    """

    def __init__(self, exp: int = 0) -> None:
        super().__init__()
        self.scale = 1 << exp

    def forward(self, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Quantise an array or tensor of any shape."""
        return np.round(np.asarray(x) * self.scale).astype(int)


class Dequantize(AbstractSeqModule):
    """Fixed point to real numbers.

    Args:
        exp: Number of fraction bits.
        num_raw_bits: Width of the message: the lowest so many bits are a signed number.

    Raises:
        RuntimeError: ``num_raw_bits`` is above 32.
    """

    def __init__(self, exp: int = 0, num_raw_bits: int = 24) -> None:
        super().__init__()
        if num_raw_bits > 32:
            raise RuntimeError(
                f"num_raw_bits is {num_raw_bits}; a message has 32 bits at most"
            )
        self.scale = 1 << exp
        self.num_raw_bits = num_raw_bits

    def forward(self, x: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Sign-extend and scale an array of any shape."""
        spare = 32 - self.num_raw_bits
        raw = np.asarray(x).astype(np.int32)
        return (raw << spare >> spare) / self.scale


class FIFO(AbstractSeqModule):
    """A queue: returns what it got ``depth`` calls ago, None at first.

    Args:
        depth: Number of calls.

    Raises:
        ValueError: ``depth`` is below 1.
    """

    def __init__(self, depth: int = 1) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth is {depth}; a queue needs a depth of 1 or more")
        self.buffer: deque[Any] = deque([None] * depth)

    def forward(self, x: Any) -> Any:
        """Put one object in, take the oldest out."""
        self.buffer.append(x)
        return self.buffer.popleft()
