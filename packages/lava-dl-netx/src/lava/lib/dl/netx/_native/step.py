"""One time step of a flat network, on arrays that are checked once and kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.core.runtime import transpose_into
from lava.lib.dl.netx._native.layer import Layer, Memory
from lava.lib.dl.netx._native.order import Messages
from lava.lib.dl.netx._native.passive import Part


class Step:
    """Layers bound to the arrays of one step.

    Attributes:
        shape: Shape of the input, (neurons, 1).
    """

    def __init__(self, inputs: int, layers: Sequence[tuple[Layer, Memory]]) -> None:
        self.shape = (inputs, 1)
        self._rows = rows = np.zeros((1, 1, inputs), np.float32)
        self._runs = []
        for layer, memory in layers:
            rows, run = layer.prepare(rows, memory)
            self._runs.append(run)
        self._out: Messages = rows.reshape(-1, 1)

    def __call__(self, input: Messages, time: int) -> Messages | None:
        """The output, (neurons, 1); None, having done nothing, for unusual input."""
        if not transpose_into(np.ascontiguousarray(input)[np.newaxis], self._rows):
            return None
        for run in self._runs:
            run(time)
        output: Messages = self._out.copy()
        return output


def prepared_step(
    inputs: Sequence[int],
    parts: Sequence[Part],
    memory: Sequence[Memory],
    arithmetic: str,
) -> Step | None:
    """The step of a network in the trainer's arithmetic that is flat throughout."""
    layers = []
    for part, kept in zip(parts, memory, strict=True):
        if type(part) is Layer and not isinstance(part.spec, spec.Input):
            layers.append((part, kept))
        elif not isinstance(part.spec, spec.Flatten):
            return None
    is_flat = all(len(shape) == 1 for shape in (inputs, *(p.shape for p in parts)))
    if arithmetic != "trained" or not is_flat or not layers:
        return None
    return Step(inputs[0], layers)
