"""Whole layers in compiled integer kernels: synapses, delays, neurons, many steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.core import _runtime, _training

__all__ = ["Kernel", "levels", "neurons", "transpose_into", "transposed"]

Array = npt.NDArray[Any]
_BLOCK = 1 << 21  # values that are transposed at once


def levels() -> list[str]:
    """The instruction sets this processor has, the best last."""
    return list(_runtime.levels())


def neurons() -> dict[str, Any]:
    """The declaration of each neuron by name: its states, parameters and the like."""
    return dict(_training.neurons())


def transposed(
    values: Array,
    steps: int,
    dtype: npt.DTypeLike,
    check: Callable[[], None] | None = None,
) -> Array:
    """Messages as kernels take them: one row per step.

    Args:
        values: Shape (samples, neurons, T), numbers that fit the type.
        steps: Number of rows; zeros after the T that are there.
        dtype: float32 or int32.
        check: Called between pieces of long sequences; it may raise to stop.

    Returns:
        Shape (samples, steps, neurons).

    Raises:
        ValueError: The type is another one, or a value is not finite in it.
    """
    samples, neurons, input_steps = values.shape
    rows = np.empty((samples, steps, neurons), dtype)
    rows[:, input_steps:] = 0
    if values.size <= _BLOCK:
        finite = _transpose(values, rows)
    else:
        finite = _transpose_in_blocks(values, rows, check)
    if not finite:
        raise ValueError(
            f"input holds values that are not finite in {rows.dtype}; replace them"
        )
    return rows


def _transpose_in_blocks(
    values: Array, rows: Array, check: Callable[[], None] | None
) -> bool:
    """As `_transpose`, some steps at a time, whose rows are then next to each other."""
    samples, neurons, input_steps = values.shape
    used, size = min(input_steps, rows.shape[1]), max(1, _BLOCK // max(1, neurons))
    finite = input_steps == used or bool(np.isfinite(values[..., used:]).all())
    for i in range(samples):
        for t in range(0, used, size):
            if check is not None:
                check()
            block = np.ascontiguousarray(values[i : i + 1, :, t : min(t + size, used)])
            finite &= _transpose(block, rows[i : i + 1, t : t + block.shape[2]])
    return finite


def transpose_into(values: Array, rows: Array) -> bool:
    """Write messages as rows that are there, without any other check.

    Args:
        values: Shape (samples, neurons, T), C-contiguous, of a common type.
        rows: Shape (samples, T, neurons), float32 or int32.

    Returns:
        Whether that was possible: False for other types and values that are not finite.
    """
    return bool(_runtime.transpose(values, rows))


def _transpose(values: Array, rows: Array) -> bool:
    """Write values as rows; whether all are finite in both types."""
    finite = _runtime.transpose(values, rows)
    if finite is None:
        used = min(values.shape[2], rows.shape[1])
        with np.errstate(over="ignore"):
            rows[:, :used] = values[..., :used].swapaxes(1, 2)
        sides = values, rows[:, :used]
        finite = all(bool(np.isfinite(side).all()) for side in sides)
    return bool(finite)


class Kernel:
    """One layer, ready to run.

    Args:
        description: The layer by the names of ``src/runtime/layer.hpp``: ``kind``,
            ``inputs``, ``neurons``, ``forward`` and ``back`` synapses as runs, and rows
            of parameters with one entry per neuron.

    Raises:
        ValueError: A row has the wrong length, or a run leaves its arrays.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self._layer = _runtime.Layer(description)
        self.dtype = np.dtype(np.int32 if self._layer.lava else np.float32)

    def memory(self, samples: int) -> dict[str, Array]:
        """What the layer carries between calls, all zero.

        Returns:
            ``states`` float64 (samples, states, neurons), and past ``inputs``,
            ``outputs`` and ``delayed`` messages (samples, steps back, entries).
        """
        at, n = self._layer, self._layer.neurons
        return {
            "states": np.zeros((samples, at.states, n)),
            "inputs": np.zeros((samples, at.past_inputs, at.inputs), self.dtype),
            "outputs": np.zeros((samples, at.past_outputs, n), self.dtype),
            "delayed": np.zeros((samples, at.past_delayed, n), self.dtype),
        }

    def run(
        self,
        data: Array,
        memory: dict[str, Array],
        *,
        time: int = 0,
        threads: int = 1,
        trace: bool = False,
        simd: str = "",
    ) -> tuple[Array, Array | None]:
        """Advance through a piece of a sequence; ``memory`` is changed in place.

        Args:
            data: Messages (samples, steps, inputs), float32, or int32 in Lava's
                arithmetic.
            memory: As `memory` makes it.
            time: Steps before this piece.
            threads: Threads that share the samples.
            trace: Whether to return the states after each step.
            simd: An instruction set of `levels` to force; all give the same bits.

        Returns:
            Messages (samples, steps, neurons), and states (samples, steps, states,
            neurons) or None.

        Raises:
            ValueError: Data or memory have the wrong shape, or this processor lacks the
                instruction set.
        """
        samples, steps = data.shape[:2]
        data = np.ascontiguousarray(data, self.dtype)
        out = np.empty((samples, steps, self._layer.neurons), self.dtype)
        size = (samples, steps, self._layer.states, self._layer.neurons)
        states = np.empty(size) if trace else None
        self._layer.run(data, out, memory, states, time, threads, simd)
        return out, states

    def prepare(
        self, data: Array, memory: dict[str, Array]
    ) -> tuple[Array, Callable[[int], None]]:
        """Bind the layer to arrays of one sample, to run on them often.

        Args:
            data: Messages (1, steps, inputs) of the kernel's type, read at each run.
            memory: As `memory` makes it; its arrays are changed in place.

        Returns:
            Messages (1, steps, neurons), written by each run, and what runs: it takes
            the number of steps before this piece.

        Raises:
            ValueError: As of `run`.
        """
        out = np.empty((1, data.shape[1], self._layer.neurons), self.dtype)
        return out, _runtime.Prepared(self._layer, data, out, memory).run
