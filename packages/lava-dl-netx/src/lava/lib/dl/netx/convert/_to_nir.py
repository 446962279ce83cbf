"""From a network to NIR."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._nir import DECAY_UNIT, nir

NOTES = (
    "NIR has no latency per layer: spikes appear one step earlier after each layer",
    "NIR computes with real numbers: spikes close to the threshold may differ",
)


def to_nir(
    source: str | os.PathLike[str] | spec.Network,
    target: str | os.PathLike[str],
    dt: float = 1e-3,
) -> list[str]:
    """Write a network as a NIR graph.

    Args:
        source: A network or the path of its file.
        target: File to write.
        dt: Seconds per step.

    Returns:
        Sentences on what the graph can't say.

    Raises:
        FormatError: ``source`` is not a legal network.
        ImportError: The package nir is missing.
        NotImplementedError: NIR has no node for a layer or neuron.
    """
    network = source if isinstance(source, spec.Network) else spec.read(source)
    graph = _Graph(dt)
    for index, layer in enumerate(network):
        graph.add(index, layer)
    _write_whole(graph.finish(), Path(target))
    return list(NOTES)


def _write_whole(graph: Any, target: Path) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        nir().write(beside, graph)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


class _Graph:
    """A chain of nodes that grows at its end, with loops for recurrent layers."""

    def __init__(self, dt: float) -> None:
        self.dt = dt
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self.last = ""
        self.shape: tuple[int, ...] = ()

    def put(self, name: str, node: Any, shape: tuple[int, ...]) -> None:
        """Append a node."""
        self.nodes[name] = node
        if self.last:
            self.edges.append((self.last, name))
        self.last, self.shape = name, shape

    def add(self, index: int, layer: Any) -> None:
        """Append the nodes of a layer."""
        if isinstance(layer, spec.Input):
            self._start(layer.shape, layer)
            return
        if not self.nodes:
            self._start(_input_shape(layer), None)
        if isinstance(layer, spec.Flatten):
            whole = {"input": np.array(self.shape)}
            node = nir().Flatten(input_type=whole, start_dim=0, end_dim=-1)
            self.put(f"flatten_{index}", node, layer.shape)
        elif type(layer) in (spec.Dense, spec.Recurrent, spec.Conv):
            self._synapse_and_neuron(index, layer)
        else:
            raise _no_node(f"a layer of type {layer.type!r}")

    def _start(self, shape: tuple[int, ...], layer: spec.Input | None) -> None:
        if layer is not None and layer.neuron is not None:
            raise _no_node("an input layer with neurons; leave it out")
        self.put("input", nir().Input({"input": np.array(shape)}), shape)

    def _synapse_and_neuron(self, index: int, layer: Any) -> None:
        if layer.is_complex:
            raise _no_node("complex weights")
        self.put(f"synapse_{index}", _synapse(layer, self.shape), layer.shape)
        if layer.neuron is not None:
            self.put(f"neuron_{index}", _neuron(layer, self.dt), layer.shape)
        if isinstance(layer, spec.Recurrent):
            name = f"recurrent_{index}"
            weight = layer.weight_rec / layer.weight_scale
            self.nodes[name] = nir().Linear(weight=weight)
            self.edges += [(self.last, name), (name, self.last)]
        if layer.delay is not None and layer.delay.any():
            self._delay(index, layer)

    def _delay(self, index: int, layer: Any) -> None:
        if layer.delay.size not in (1, layer.channels):
            raise _no_node("a delay per synapse")
        delay = _per_neuron(layer.delay, layer.shape) * self.dt
        self.put(f"delay_{index}", nir().Delay(delay=delay), layer.shape)

    def finish(self) -> Any:
        """The graph with its output."""
        self.put("output", nir().Output({"output": np.array(self.shape)}), self.shape)
        return nir().NIRGraph(self.nodes, self.edges)


def _input_shape(layer: Any) -> tuple[int, ...]:
    if isinstance(layer, spec.Dense):
        return (layer.in_features,)
    raise _no_node(
        "a network whose input shape the file doesn't say; add an input layer"
    )


def _synapse(layer: Any, shape: tuple[int, ...]) -> Any:
    weight = layer.weight / layer.weight_scale
    channels = layer.shape[0]
    bias = np.zeros(channels)
    if layer.bias is not None:
        if layer.bias.size not in (1, channels):
            raise _no_node("a bias per neuron of a convolution")
        bias = np.broadcast_to(layer.bias.ravel() / layer.weight_scale, (channels,))
    if not isinstance(layer, spec.Conv):
        return nir().Affine(weight, bias) if bias.any() else nir().Linear(weight)
    return nir().Conv2d(
        input_shape=tuple(shape[1:]),
        weight=weight,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=np.array(bias),
    )


def _neuron(layer: Any, dt: float) -> Any:
    neuron = layer.neuron
    if not isinstance(neuron, spec.Cuba):
        raise _no_node(f"a neuron of type {neuron.type!r}")
    if neuron.graded_spike or neuron.refractory_delay > 1:
        raise _no_node("graded spikes or a refractory period")
    if neuron.weight_exp is not None and neuron.weight_exp.any():
        raise _no_node("a norm with weight_exp")
    current = _decay(neuron.current_decay, layer.shape)
    voltage = _decay(neuron.voltage_decay, layer.shape)
    if not (current.all() and voltage.all()):
        raise _no_node("a decay of 0, an infinite time constant")
    ones = np.ones(layer.shape)
    return nir().CubaLIF(
        tau_syn=dt / current,
        tau_mem=dt / voltage,
        r=1 / voltage,
        v_leak=0 * ones,
        v_threshold=neuron.threshold / layer.weight_scale * ones,
        w_in=1 / current,
    )


def _decay(
    decay: int | npt.NDArray[Any], shape: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    return _per_neuron(np.atleast_1d(decay), shape) / DECAY_UNIT


def _per_neuron(
    value: npt.NDArray[Any], shape: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """One number per channel as one per neuron."""
    value = value.reshape(-1, *(1 for _ in shape[1:])).astype(np.float64)
    return np.broadcast_to(value, shape).copy() if math.prod(shape) else value


def _no_node(what: str) -> NotImplementedError:
    return NotImplementedError(f"NIR has no node for {what}")
