"""The neuron in the native runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lava.lib.dl.netx import plugin

__all__ = ["SoftReset"]

Array = np.ndarray[Any, Any]


class SoftReset(plugin.Neuron):
    """Voltages of a layer, stepped in integers."""

    states = ("voltage",)

    def __init__(self, layer: Any, order: Array) -> None:
        super().__init__(layer, order)
        self.decay = self.row(layer.neuron.voltage_decay)
        self.level = 64 * layer.neuron.threshold

    def step(self, states: Mapping[str, Array], *inputs: Array) -> Array:
        """Spikes of one step; states and inputs have the shape (samples, neurons)."""
        voltage = states["voltage"]
        added = self.to_state(self.norm(inputs[0]))
        voltage[:] = plugin.decayed(voltage, self.decay) + added
        fired = voltage >= self.level
        voltage[fired] -= self.level
        return fired
