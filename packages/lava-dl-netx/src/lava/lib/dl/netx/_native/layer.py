"""A layer at work: its description, its memory, one call per piece of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.core.runtime import Kernel, neurons
from lava.lib.dl.netx._native.order import Ints, Messages, Shape

Memory = dict[str, npt.NDArray[Any]]

NEURONS = neurons()
"""The declaration of each kind; the pure sum has no neuron."""


class Layer:
    """One layer of the native runtime.

    Attributes:
        spec: The layer of the file.
        index: Its position in the file.
        shape: Shape of its output in the file's order.
        order: How it holds its neurons.
        states: Names of its neurons' states.
    """

    sources: tuple[int, ...] = ()

    def __init__(
        self, index: int, layer: spec.Layer, description: dict[str, Any], order: Ints
    ) -> None:
        self.spec, self.index, self.order = layer, index, order
        self.shape: Shape = layer.shape
        self._description, self._kernel = description, Kernel(description)
        states = "lava_states" if description.get("lava") else "states"
        self.states = tuple(NEURONS.get(description["kind"], {}).get(states, ()))
        rest = description.get("threshold", 0)
        self._rest = {"threshold": rest}

    def set_bias(self, bias: Messages) -> None:
        """Replace the bias of Lava's LIF, 16 bits wide; one per neuron of the file."""
        mantissa = bias[self.order].astype(np.int16).astype(np.int32)
        described = {**self._description, "lava_bias": mantissa << 6}
        self._description, self._kernel = described, Kernel(described)

    def rest(self, samples: int) -> Memory:
        """Memory before the first step."""
        memory = self._kernel.memory(samples)
        for k, name in enumerate(self.states):
            memory["states"][:, k] = self._rest.get(name, 0)
        return memory

    def run(
        self, data: Messages, memory: Memory, time: int, trace: bool
    ) -> tuple[Messages, Messages | None]:
        """Advance through rows of messages, (samples, steps, inputs)."""
        return self._kernel.run(data, memory, time=time, trace=trace)

    def prepare(
        self, data: Messages, memory: Memory
    ) -> tuple[Messages, Callable[[int], None]]:
        """The layer bound to arrays of one sample, as `Kernel.prepare`."""
        return self._kernel.prepare(data, memory)
