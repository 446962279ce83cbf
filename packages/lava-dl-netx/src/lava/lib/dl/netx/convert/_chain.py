"""A NIR file as a chain of stages, each of which becomes one layer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lava.lib.dl.netx.convert._nir import nir

SYNAPSES = ("Linear", "Affine", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d")
NEURONS = ("CubaLIF", "CubaLI", "LIF", "LI", "IF", "I", "Threshold")
ONLY_CHAINS = "only chains with one loop per neuron can be written"

Edges = list[tuple[str, str]]


@dataclass(frozen=True)
class Stage:
    """The nodes that make one layer.

    Attributes:
        name: Name of the first node.
        node: The input, the flattening or the synapses; None where neurons follow
            each other without any.
        before: Delay of the input.
        neuron: Neurons.
        recurrent: Synapses from the neurons to themselves.
        delay: Delay of the output.
    """

    name: str
    node: Any = None
    before: Any = None
    neuron: Any = None
    recurrent: Any = None
    delay: Any = None


def kind(node: Any) -> str:
    """Name of the primitive."""
    return type(node).__name__


def read(source: str | os.PathLike[str], notes: list[str]) -> Any:
    """The graph of a file; one that fails NIR's type check is read with a note."""
    try:
        return nir().read(source)
    except FileNotFoundError:
        raise
    except Exception as refused:  # The package raises nearly anything.
        try:
            graph = nir().read(source, type_check=False)
        except Exception as error:
            name = os.fspath(source)
            raise ValueError(f"{name} is no NIR graph: {error!r}") from error
        notes.append(
            f"the graph fails NIR's type check and was read without: {refused}"
        )
        return graph


def stages(graph: Any) -> Iterator[Stage]:
    """Group the chain of nodes into layers.

    Raises:
        NotImplementedError: The graph is no chain, or a node has no counterpart.
    """
    stage: Stage | None = None
    for name, node, loop in _chain(*_flat(graph)):
        if kind(node) == "Output":
            continue
        joined = _joined(stage, node, loop) if stage is not None else None
        if joined is None:
            if stage is not None:
                yield stage
            joined = _opened(name, node, loop)
        stage = joined
    if stage is not None:
        yield stage


def _joined(stage: Stage, node: Any, loop: Any) -> Stage | None:
    """The stage with a node more; None where the node opens one of its own."""
    if stage.delay is not None:
        return None
    waits = stage.node is None and stage.neuron is None
    is_layer = kind(stage.node) in SYNAPSES or stage.neuron is not None
    if kind(node) in NEURONS and stage.neuron is None and (is_layer or waits):
        return replace(stage, neuron=node, recurrent=loop)
    if kind(node) == "Delay" and is_layer:
        return replace(stage, delay=node)
    return replace(stage, node=node) if kind(node) in SYNAPSES and waits else None


def _opened(name: str, node: Any, loop: Any) -> Stage:
    if kind(node) in (*SYNAPSES, "Flatten", "Input"):
        return Stage(name, node)
    if kind(node) in NEURONS:
        return Stage(name, neuron=node, recurrent=loop)
    if kind(node) == "Delay":
        return Stage(name, before=node)
    raise NotImplementedError(
        f"node {name!r} is a {kind(node)}, which has no place in a network here"
    )


def _flat(graph: Any, prefix: str = "") -> tuple[dict[str, Any], Edges]:
    """Nodes and edges with the graphs inside opened, names joined by dots."""
    nodes: dict[str, Any] = {}
    edges: Edges = []
    ports: dict[str, tuple[list[str], list[str]]] = {}
    for name, node in graph.nodes.items():
        full = prefix + name
        if kind(node) != "NIRGraph":
            nodes[full] = node
            ports[full] = [full], [full]
            continue
        inner, inside = _flat(node, f"{full}.")
        ports[full] = _open_ports(inner, inside)
        nodes |= inner
        edges += inside
    for begin, end in graph.edges:
        sources, targets = ports[prefix + begin][1], ports[prefix + end][0]
        edges += [(source, target) for source in sources for target in targets]
    return nodes, list(dict.fromkeys(edges))


def _open_ports(nodes: dict[str, Any], edges: Edges) -> tuple[list[str], list[str]]:
    """Take a graph's inputs and outputs away; what they led to and what came in."""
    entries = {name for name, node in nodes.items() if kind(node) == "Input"}
    exits = {name for name, node in nodes.items() if kind(node) == "Output"}
    targets = [end for begin, end in edges if begin in entries]
    sources = [begin for begin, end in edges if end in exits]
    edges[:] = [e for e in edges if e[0] not in entries and e[1] not in exits]
    for name in entries | exits:
        del nodes[name]
    return targets, sources


def _chain(nodes: dict[str, Any], edges: Edges) -> Iterator[tuple[str, Any, Any]]:
    """Name and node along the chain, each with the synapses that loop back to it."""
    start = [name for name, node in nodes.items() if kind(node) == "Input"]
    if len(start) != 1:
        raise NotImplementedError(f"{len(start)} inputs; a network has one")
    targets: dict[str, list[str]] = {}
    for begin, end in edges:
        targets.setdefault(begin, []).append(end)
    name, before = start[0], set[str]()
    while True:
        before.add(name)
        loops = [n for n in targets.get(name, []) if targets.get(n) == [name]]
        onward = [n for n in targets.get(name, []) if n not in loops]
        if len(onward) > 1 or len(loops) > 1 or before & set(onward):
            raise NotImplementedError(
                f"node {name!r} leads to {onward + loops}; {ONLY_CHAINS}"
            )
        loop = nodes[loops[0]] if loops else None
        if loop is not None:
            _check_loop(name, nodes[name], loop)
        yield name, nodes[name], loop
        before |= set(loops)
        if not onward:
            break
        name = onward[0]
    if set(nodes) - before:
        left = sorted(set(nodes) - before)
        raise NotImplementedError(f"the input doesn't lead to {left}; {ONLY_CHAINS}")


def _check_loop(name: str, node: Any, loop: Any) -> None:
    if kind(node) not in NEURONS or kind(loop) not in ("Linear", "Affine"):
        raise NotImplementedError(
            f"node {name!r}, a {kind(node)}, comes back to itself through a "
            f"{kind(loop)}; only neurons may, through a Linear or an Affine"
        )
