"""From a network to NIR."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._options import MissingOptionError
from lava.lib.dl.netx.convert._neurons import Written, no_node, per_neuron, written
from lava.lib.dl.netx.convert._nir import Reals, nir
from lava.lib.dl.netx.convert._nodes import Shape, affine, synapse
from lava.lib.dl.spec.files import replacing

LATENCY = (
    "NIR has no latency per layer: spikes appear one step earlier after each layer"
)
REALS = "NIR computes with real numbers: spikes close to the threshold may differ"


def to_nir(
    source: str | os.PathLike[str] | spec.Network,
    target: str | os.PathLike[str],
    dt: float = 1e-3,
    *,
    input_shape: Sequence[int] | None = None,
) -> list[str]:
    """Write a network as a NIR graph.

    Args:
        source: A network or the path of its file.
        target: File to write.
        dt: Seconds per step.
        input_shape: Shape of the input without batch and time, where no input layer
            says it.

    Returns:
        Sentences on what the graph can't say.

    Raises:
        FormatError: ``source`` is not a legal network.
        ImportError: The package nir is missing.
        NotImplementedError: NIR has no node for a layer or neuron.
        ValueError: ``input_shape`` doesn't fit the network, or is missing.
    """
    network = source if isinstance(source, spec.Network) else spec.read(source)
    network = _with_input(network, input_shape)
    graph = _Graph(dt)
    for layer in network:
        graph.add(layer)
    notes = [REALS]
    if any(getattr(layer, "delay_shift", False) for layer in network):
        notes.insert(0, LATENCY)
    _write_whole(graph.finish(notes), Path(target))
    return notes


def _with_input(
    network: spec.Network, input_shape: Sequence[int] | None
) -> spec.Network:
    """The network with an input layer of its own first."""
    first = network[0]
    if isinstance(first, spec.Input):
        if input_shape is not None and tuple(input_shape) != first.shape:
            raise ValueError(f"input_shape: the file says {first.shape}")
        return network
    input_shape = network.input_shape if input_shape is None else input_shape
    if input_shape is None:
        raise MissingOptionError(
            f"the first layer, {first.type}, doesn't say the shape of its input",
            "input_shape",
            ("channels", "height", "width"),
        )
    whole = spec.Network([spec.Input(tuple(input_shape)), *network])
    for problem in whole.problems():
        raise ValueError(f"input_shape: {problem.message}")
    return whole


def _write_whole(graph: Any, target: Path) -> None:
    content = io.BytesIO()  # libhdf5 crashes where a disk is full
    nir().write(content, graph)
    with replacing(target) as file:
        file.write(content.getbuffer())


def _loop(layer: Any, neurons: Written) -> Any:
    """Neurons that come back to themselves, as a graph, which all importers run."""
    if neurons.node is None or layer.readout != "spike":
        raise no_node("a recurrent layer that reads out no spikes")
    if hasattr(layer, "delay_rec"):
        raise no_node("delays of what a recurrent layer sends itself")
    shape = np.array(layer.shape)
    weight = layer.weight_rec / layer.weight_scale * neurons.factor.reshape(-1, 1)
    nodes = {
        "input": nir().Input({"input": shape}),
        "neuron": neurons.node,
        "recurrent": affine(weight),
        "output": nir().Output({"output": shape}),
    }
    back = [("neuron", "recurrent"), ("recurrent", "neuron")]
    edges = [("input", "neuron"), *back, ("neuron", "output")]
    return nir().NIRGraph(nodes, edges)


class _Graph:
    """A chain of nodes that grows at its end.

    Nodes are named so that their order is the alphabet's: HDF5 gives them back in that,
    and some importers need each node after those that lead to it.
    """

    def __init__(self, dt: float) -> None:
        self.dt = dt
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self.last = ""
        self.shape: Shape = ()

    def put(self, name: str, node: Any, shape: Shape) -> None:
        """Append a node under its name, but the ports' after a number."""
        if name not in ("input", "output"):
            name = f"layer_{len(self.nodes):04d}_{name}"
        self.nodes[name] = node
        if self.last:
            self.edges.append((self.last, name))
        self.last, self.shape = name, shape

    def add(self, layer: Any) -> None:
        """Append the nodes of a layer."""
        if isinstance(layer, spec.Input):
            if (layer.neuron, layer.weight, layer.bias) != (None, None, None):
                raise no_node("an input layer that does something; leave it out")
            shape = np.array(layer.shape)
            self.put("input", nir().Input({"input": shape}), layer.shape)
        elif isinstance(layer, (spec.Flatten, spec.Average, spec.Dense)):
            self._flatten()
        if isinstance(layer, spec.Average):
            self._average(layer)
        elif isinstance(layer, spec.layers.SynapseLayer):
            self._layer(layer)
        elif not isinstance(layer, (spec.Input, spec.Flatten)):
            raise no_node(f"a layer of type {layer.type!r}")

    def _flatten(self) -> None:
        """Counted from the end, the axes are the same with and without a batch."""
        if len(self.shape) > 1:
            whole = {"input": np.array(self.shape)}
            first = -len(self.shape)
            node = nir().Flatten(input_type=whole, start_dim=first, end_dim=-1)
            self.put("flatten", node, (int(np.prod(self.shape)),))

    def _average(self, layer: spec.Average) -> None:
        if layer.time_factor > 1:
            raise no_node("means over steps")
        count = self.shape[0] // layer.shape[0]
        weight = np.kron(np.eye(layer.shape[0]), np.full((1, count), 1 / count))
        self.put("average", affine(weight), layer.shape)

    def _layer(self, layer: Any) -> None:
        if layer.is_complex:
            raise no_node("complex weights")
        delays = _Delays(layer)
        if delays.before is not None:
            self._delay(delays.before)
        neurons = written(layer, self.dt)
        node = synapse(layer, self.shape, neurons)
        self.put("synapse", node, layer.shape)
        if isinstance(layer, (spec.Recurrent, spec.Kwta)):
            self.put("neurons", _loop(layer, neurons), layer.shape)
        elif neurons.node is not None:
            self.put("neuron", neurons.node, layer.shape)
        if delays.after is not None:
            self._delay(per_neuron(delays.after, layer.shape))

    def _delay(self, steps: Reals) -> None:
        self.put("delay", nir().Delay(delay=steps * self.dt), self.shape)

    def finish(self, notes: list[str]) -> Any:
        """The graph with its output."""
        self.put("output", nir().Output({"output": np.array(self.shape)}), self.shape)
        try:
            return nir().NIRGraph(self.nodes, self.edges)
        except ValueError as error:
            notes.append(f"read it with type_check=False, as NIR's check says: {error}")
            return nir().NIRGraph(self.nodes, self.edges, type_check=False)


class _Delays:
    """The delays of a layer's inputs and outputs, None where there are none.

    Attributes:
        before: Steps per input.
        after: Steps per output channel, or a single one.
    """

    def __init__(self, layer: Any) -> None:
        self.before: Reals | None = None
        self.after: Reals | None = None
        delay = layer.delay
        if delay is None or not delay.any():
            return
        if delay.ndim == 1 and delay.size in (1, layer.channels):
            self.after = delay.astype(np.float64)
        elif delay.ndim == 1 or (delay == delay[:1]).all():
            self.before = delay.reshape(-1, layer.in_features)[0].astype(np.float64)
        else:
            raise no_node("a delay per synapse")
