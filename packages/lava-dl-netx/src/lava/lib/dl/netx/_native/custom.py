"""Layers whose neurons a plugin brings: our synapses, its steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from lava.lib.dl.core.runtime import Kernel
from lava.lib.dl.netx._native import trained
from lava.lib.dl.netx._native.layer import Layer, Memory
from lava.lib.dl.netx._native.order import Fit, Ints, Messages, spread
from lava.lib.dl.spec import plugins
from lava.lib.dl.spec.layers import NeuronLayer

GROUP = "lava.dl.runtime"
States = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Neuron(ABC):
    """The neurons of one layer in the trainer's arithmetic.

    States are integers in units of ``1 / (64 weight_scale)``, what enters and leaves is
    float32; all arrays have the shape (samples, neurons).

    Args:
        layer: The layer of the file.
        order: How the layer holds its neurons; see `row`.

    Attributes:
        states: Names of the states.
        layer: The layer of the file.
        scale: Units of a state per 1.0.
    """

    states: ClassVar[tuple[str, ...]] = ()

    def __init__(self, layer: NeuronLayer, order: Ints) -> None:
        self.layer, self._order = layer, order
        self.scale = np.float32(layer.state_scale)
        self._norm = trained.norm(layer, layer.neuron, order)

    @abstractmethod
    def step(self, states: Mapping[str, States], *inputs: Floats) -> npt.ArrayLike:
        """Advance by one step.

        Args:
            states: By name; to be changed in place.
            inputs: What the synapses sum, the imaginary sum second if there is one.

        Returns:
            What the neurons send.
        """

    def rest(self, name: str) -> int:
        """A state before the first step."""
        return 0

    def row(self, value: Any) -> npt.NDArray[Any]:
        """A parameter, one or one per channel, as one per neuron."""
        return spread(value, self.layer.shape, self._order)

    def to_state(self, value: npt.NDArray[Any]) -> States:
        """Floats as states, cut toward zero."""
        whole: States = np.trunc(value.astype(np.float32) * self.scale).astype(np.int64)
        return whole

    def to_float(self, state: States) -> Floats:
        """States as floats."""
        value: Floats = state.astype(np.float32) / self.scale
        return value

    def norm(self, sums: Floats, part: int = 0) -> Floats:
        """Apply bias and power of two of the norm, where there are any."""
        end = ("", "_imag")[part]
        shifted = sums + self._norm.get(f"bias{end}", np.float32(0))
        value: Floats = (shifted * self._norm.get(f"factor{end}", 1)).astype(np.float32)
        return value

    def run(
        self, states: States, inputs: list[Floats], traces: npt.NDArray[Any] | None
    ) -> Floats:
        """Advance through a piece of a sequence; a compiled kernel may replace this.

        Args:
            states: Shape (samples, states, neurons); changed in place.
            inputs: Each of shape (samples, steps, neurons).
            traces: Filled with the states after each step, (samples, steps, states,
                neurons), if given.

        Returns:
            What the neurons send, (samples, steps, neurons).
        """
        named = {name: states[:, k] for k, name in enumerate(self.states)}
        out = np.empty(inputs[0].shape, np.float32)
        for t in range(inputs[0].shape[1]):
            out[:, t] = self.step(named, *(x[:, t] for x in inputs))
            if traces is not None:
                traces[:, t] = states
        return out


def decayed(state: States, decay: npt.NDArray[Any]) -> States:
    """What a step under a decay in 1/4096 leaves of a state, cut toward zero."""
    product = state * (4096 - decay.astype(np.int64))
    kept: States = np.sign(product) * (np.abs(product) >> 12)
    return kept


def find(layer: NeuronLayer) -> type[Neuron] | None:
    """The plugin's neuron of a layer, or None for a standard kind.

    Raises:
        ValueError: Nothing runs the kind.
    """
    neuron = layer.neuron
    if neuron is None or type(neuron) in trained.KINDS or layer.readout == "sum":
        return None
    kind = plugins.get(GROUP, neuron.type)
    if kind is None:
        raise ValueError(
            f"there is no arithmetic for neuron {neuron.type!r}; a plugin registers "
            f"one under the entry-point group {GROUP!r}"
        )
    neuron_class: type[Neuron] = kind
    return neuron_class


class CustomLayer(Layer):
    """A layer of a plugin's neurons."""

    def __init__(self, index: int, fit: Fit, kind: type[Neuron]) -> None:
        layer, order = fit.layer, fit.order
        self.spec, self.index, self.order = layer, index, order
        self.shape, self.states = layer.shape, kind.states
        self._neuron = kind(layer, order)
        self._returns = hasattr(layer, "weight_rec")
        sums = trained.sums(fit)
        self._kernels = [Kernel(description) for description in sums]
        self._late = trained.output_delays(layer, order)

    def rest(self, samples: int) -> Memory:
        """Memory before the first step."""
        memory: Memory = {
            f"{k}.{name}": array
            for k, kernel in enumerate(self._kernels)
            for name, array in kernel.memory(samples).items()
        }
        count = len(self.order)
        memory["states"] = np.zeros((samples, len(self.states), count), np.int64)
        for k, name in enumerate(self.states):
            memory["states"][:, k] = self._neuron.rest(name)
        longest = int(self._late.max(initial=0))
        if self._returns:
            memory["last"] = np.zeros((samples, 1, count), np.float32)
        return {**memory, "sent": np.zeros((samples, longest, count), np.float32)}

    def run(
        self, data: Messages, memory: Memory, time: int, trace: bool
    ) -> tuple[Messages, Messages | None]:
        """Advance through rows of messages, (samples, steps, inputs)."""
        states = memory["states"]
        shape = (len(data), data.shape[1], *states.shape[1:])
        traces = np.empty(shape) if trace else None
        if self._returns:
            out = self._run_step_by_step(data, memory, time, traces)
        else:
            out = self._sum_and_step(data, memory, time, traces)
        return self._delayed(out, memory), traces

    def _sum_and_step(
        self, data: Messages, memory: Memory, time: int, traces: Messages | None
    ) -> Messages:
        inputs = [
            kernel.run(data, _below(memory, f"{k}."), time=time)[0]
            for k, kernel in enumerate(self._kernels)
        ]
        return self._neuron.run(memory["states"], inputs or [data], traces)

    def _run_step_by_step(
        self, data: Messages, memory: Memory, time: int, traces: Messages | None
    ) -> Messages:
        """Each step sums the input and what the neurons sent the step before."""
        out = np.empty((*data.shape[:2], len(self.order)), np.float32)
        for t in range(data.shape[1]):
            now = slice(t, t + 1)
            inputs = np.concatenate([data[:, now], memory["last"]], axis=2)
            traced = None if traces is None else traces[:, now]
            out[:, now] = self._sum_and_step(inputs, memory, time + t, traced)
            memory["last"] = out[:, now]
        return out

    def _delayed(self, out: Messages, memory: Memory) -> Messages:
        steps, longest = out.shape[1], memory["sent"].shape[1]
        if not longest:
            return out
        whole = np.concatenate([memory["sent"], out], axis=1)
        memory["sent"] = whole[:, steps:]
        at = np.arange(steps)[:, np.newaxis] + longest - self._late
        return np.ascontiguousarray(whole[:, at, np.arange(len(self.order))])


def _below(memory: Memory, prefix: str) -> Memory:
    return {
        name.removeprefix(prefix): array
        for name, array in memory.items()
        if name.startswith(prefix)
    }
