"""From NIR to a network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._nir import DECAY_UNIT, nir

WEIGHT_SCALE = 64
WEIGHT_RANGE = (-256, 255)

Reals = npt.NDArray[np.float64]


def from_nir(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    dt: float = 1e-3,
) -> list[str]:
    """Write a NIR graph as a network.

    Args:
        source: File of the graph.
        target: File to write.
        dt: Seconds per step, as used in training.

    Returns:
        Sentences on what was rounded.

    Raises:
        ImportError: The package nir is missing.
        NotImplementedError: The graph is no chain, or the format has no layer for a
            node.
        ValueError: A weight or decay doesn't fit.
    """
    graph = _read(source)
    notes: list[str] = []
    layers = [_layer(stage, dt, notes) for stage in _stages(graph)]
    spec.write(spec.Network(layers), target)
    return notes


def _read(source: str | os.PathLike[str]) -> Any:
    read = nir().read
    try:
        return read(source)
    except FileNotFoundError:
        raise
    except Exception as error:  # The package raises nearly anything.
        raise ValueError(f"{os.fspath(source)} is no NIR graph: {error!r}") from error


class _Stage(NamedTuple):
    """The nodes that make one layer."""

    name: str
    synapse: Any
    neuron: Any = None
    recurrent: Any = None
    delay: Any = None


def _kind(node: Any) -> str:
    return type(node).__name__


_SYNAPSES = ("Linear", "Affine", "Conv2d")
_NEURONS = ("CubaLIF", "LIF", "IF")


def _stages(graph: Any) -> Iterator[_Stage]:
    """Group the chain of nodes into layers."""
    stage: _Stage | None = None
    for name, recurrent in _chain(graph):
        node = graph.nodes[name]
        if stage is not None and _kind(node) in _NEURONS and stage.neuron is None:
            stage = stage._replace(neuron=node, recurrent=recurrent)
        elif stage is not None and _kind(node) == "Delay" and stage.neuron is not None:
            stage = stage._replace(delay=node)
        elif _kind(node) in (*_SYNAPSES, "Flatten", "Input"):
            if stage is not None:
                yield stage
            stage = _Stage(name, node)
        elif _kind(node) != "Output":
            raise NotImplementedError(
                f"node {name!r} is a {_kind(node)}, which has no place in a network "
                "here; a neuron must follow a synapse, a delay must follow a neuron"
            )
    if stage is not None:
        yield stage


def _chain(graph: Any) -> Iterator[tuple[str, Any]]:
    """Names along the chain, each with the node that loops back to it."""
    start = [name for name, node in graph.nodes.items() if _kind(node) == "Input"]
    if len(start) != 1:
        raise NotImplementedError(f"{len(start)} inputs; a network has one")
    targets: dict[str, list[str]] = {}
    for begin, end in graph.edges:
        targets.setdefault(begin, []).append(end)
    name, seen = start[0], set[str]()
    while True:
        seen.add(name)
        loops = [n for n in targets.get(name, []) if targets.get(n) == [name]]
        onward = [n for n in targets.get(name, []) if n not in loops]
        yield name, graph.nodes[loops[0]] if loops else None
        if not onward:
            return
        if len(onward) > 1 or len(loops) > 1 or onward[0] in seen:
            raise NotImplementedError(
                f"node {name!r} leads to {onward + loops}; only chains with one loop "
                "per neuron can be written"
            )
        name = onward[0]


def _layer(stage: _Stage, dt: float, notes: list[str]) -> spec.Layer:
    kind, node = _kind(stage.synapse), stage.synapse
    if kind == "Input":
        return spec.Input(_shape(node.input_type["input"]))
    if kind == "Flatten":
        return spec.Flatten((int(np.prod(node.input_type["input"])),))
    return _synapse_layer(stage, dt, notes)


def _shape(sizes: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in np.atleast_1d(sizes))


def _synapse_layer(stage: _Stage, dt: float, notes: list[str]) -> spec.Layer:
    node = stage.synapse
    gain, neuron = _neuron(stage, dt)
    options: dict[str, Any] = {"neuron": neuron}
    weight = _integers(_scaled(node.weight, gain), f"{stage.name}: weight", notes)
    bias = getattr(node, "bias", None)
    if bias is not None and np.any(bias):
        options["bias"] = _integers(
            _scaled(bias, gain), f"{stage.name}: bias", notes, limited=False
        )
    if stage.delay is not None:
        options["delay"] = _delay(stage, dt)
    if _kind(node) == "Conv2d":
        return _conv(node, weight, options)
    shape = (weight.shape[0],)
    if stage.recurrent is None:
        return spec.Dense(shape, weight, **options)
    scaled = _scaled(stage.recurrent.weight, gain)
    back = _integers(scaled, f"{stage.name}: recurrent weight", notes)
    return spec.Recurrent(shape, weight, back, **options)


def _conv(node: Any, weight: npt.NDArray[Any], options: dict[str, Any]) -> spec.Conv:
    if isinstance(node.padding, str):
        raise NotImplementedError(f"padding {node.padding!r}; give it in numbers")
    if node.input_shape is None:
        raise ValueError("a Conv2d node doesn't say its input_shape")
    sizes = {
        name: tuple(int(n) for n in getattr(node, name))
        for name in ("stride", "padding", "dilation")
    }
    options = {**options, **sizes, "groups": int(node.groups)}
    return spec.Conv(_shape(node.output_type["output"]), weight, **options)


def _neuron(stage: _Stage, dt: float) -> tuple[Reals, spec.Cuba | None]:
    """Factor of the weights per channel, and the neuron."""
    node = stage.neuron
    if node is None:
        return np.ones(1), None
    if np.any(getattr(node, "v_leak", 0)) or np.any(getattr(node, "v_reset", 0)):
        raise NotImplementedError(f"{stage.name}: v_leak and v_reset must be 0")
    r = _channels(node.r)
    if _kind(node) == "IF":
        current, voltage, gain = np.ones(1), np.zeros(1), r * dt
    elif _kind(node) == "LIF":
        current, voltage = np.ones(1), dt / _channels(node.tau)
        gain = voltage * r
    else:
        current, voltage = (dt / _channels(tau) for tau in (node.tau_syn, node.tau_mem))
        gain = current * voltage * r * _channels(node.w_in)
    threshold = _channels(node.v_threshold)
    # One threshold per layer: neurons with another get their weights scaled.
    gain = gain * threshold.max() / threshold
    return gain, spec.Cuba(
        _decay(current, stage.name),
        _decay(voltage, stage.name),
        round(float(threshold.max()) * WEIGHT_SCALE),
    )


def _channels(value: Any) -> Reals:
    """One number per channel; within a channel all must be alike."""
    rows = np.asarray(value, np.float64)
    rows = rows.reshape(len(rows) if rows.ndim else 1, -1)
    if not (rows == rows[:, :1]).all():
        raise NotImplementedError("neurons of one channel differ in their parameters")
    same = (rows[:, 0] == rows[0, 0]).all()
    return rows[:1, 0] if same else rows[:, 0]


def _decay(decay: Reals, name: str) -> int | npt.NDArray[np.int32]:
    units = np.rint(decay * DECAY_UNIT).astype(np.int32)
    if units.min() < 0 or units.max() > DECAY_UNIT:
        raise ValueError(
            f"{name}: a time constant shorter than one step; use a smaller dt"
        )
    return int(units[0]) if units.size == 1 else units


def _scaled(weight: Any, gain: Reals) -> Reals:
    reals: Reals = np.asarray(weight, np.float64)
    factor: Reals = gain.reshape(-1, *(1 for _ in reals.shape[1:])) * WEIGHT_SCALE
    return reals * factor


def _integers(
    values: Reals, name: str, notes: list[str], limited: bool = True
) -> npt.NDArray[np.int32]:
    whole = np.rint(values)
    low, high = WEIGHT_RANGE
    if limited and (whole.min() < low or whole.max() > high):
        raise ValueError(
            f"{name} spans {values.min() / WEIGHT_SCALE:.3g}.."
            f"{values.max() / WEIGHT_SCALE:.3g}, beyond {low / WEIGHT_SCALE:g}.."
            f"{high / WEIGHT_SCALE:.3g}; scale weights and threshold down together"
        )
    error = np.abs(whole - values).max() / WEIGHT_SCALE
    if error > 1e-6:
        notes.append(f"{name} rounded to 1/{WEIGHT_SCALE}: off by {error:.2g} at most")
    return whole.astype(np.int32)


def _delay(stage: _Stage, dt: float) -> npt.NDArray[np.int32]:
    return np.rint(_channels(stage.delay.delay) / dt).astype(np.int32)
