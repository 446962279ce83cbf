"""Whole layers in compiled integer kernels: synapses, delays, neurons, many steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.core import _runtime

__all__ = ["Kernel", "levels", "turned"]

Array = npt.NDArray[Any]


def levels() -> list[str]:
    """The instruction sets this processor has, the best last."""
    return list(_runtime.levels())


def turned(values: Array, steps: int, dtype: npt.DTypeLike) -> Array:
    """Messages as kernels take them: one row per step.

    Args:
        values: Shape (samples, neurons, T), numbers that fit the type.
        steps: Number of rows; zeros after the T that are there.
        dtype: float32 or int32.

    Returns:
        Shape (samples, steps, neurons).

    Raises:
        ValueError: The type is another one, or a value is not finite in it.
    """
    samples, neurons, given = values.shape
    rows = np.empty((samples, steps, neurons), dtype)
    rows[:, given:] = 0
    finite = _runtime.turn(values, rows)
    if finite is None:
        with np.errstate(over="ignore"):
            rows[:, :given] = values[..., :steps].swapaxes(1, 2)
        finite = bool(np.isfinite(values).all() and np.isfinite(rows).all())
    if not finite:
        raise ValueError(
            f"input holds values that are not finite in {rows.dtype}; replace them"
        )
    return rows


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
