"""``lava-dl inspect``: what a file holds."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._size import bits_of, matrices_of
from lava.lib.dl.netx._table import aligned
from lava.lib.dl.netx.cli._options import PATH, as_json_option, naming
from lava.lib.dl.netx.cli._output import echo, echo_json


@click.command()
@click.argument("file", type=PATH)
@as_json_option
def inspect(file: Path, as_json: bool) -> None:
    """Show layers, neurons, weight bits and delays of FILE."""
    with naming(file):
        network = spec.read(file)
    rows = [describe(index, layer) for index, layer in enumerate(network)]
    if as_json:
        echo_json({"file": str(file), "layers": rows})
        return
    echo(aligned([HEADER, *map(_cells, rows)]))
    count = sum(row["weights"] for row in rows)
    echo(f"{len(rows)} layers, {count} weights")


def describe(index: int, layer: spec.Layer) -> dict[str, Any]:
    """One layer in plain values."""
    weights = matrices_of(layer)
    delay = getattr(layer, "delay", None)
    neuron = getattr(layer, "neuron", None)
    return {
        "index": index,
        "type": layer.type,
        "shape": list(layer.shape),
        "weights": sum(weight.size for weight in weights),
        "weight_bits": max((bits_of(weight) for weight in weights), default=0),
        "weight_range": _range(weights),
        "max_delay": None if delay is None else int(delay.max()),
        "neuron": None if neuron is None else _neuron(neuron),
    }


def _range(weights: list[Any]) -> list[int] | None:
    if not weights:
        return None
    return [int(min(w.min() for w in weights)), int(max(w.max() for w in weights))]


def _neuron(neuron: spec.Neuron) -> dict[str, Any]:
    values = {f.name: getattr(neuron, f.name) for f in fields(neuron)}
    parameters = {
        name: _plain(value) for name, value in values.items() if value is not None
    }
    return {"type": neuron.type, **parameters}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


HEADER = ("layer", "type", "shape", "neuron", "weights", "bits", "range", "delay")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    low_high = row["weight_range"]
    return (
        str(row["index"]),
        row["type"],
        "x".join(map(str, row["shape"])),
        _neuron_cell(row["neuron"]),
        str(row["weights"] or ""),
        str(row["weight_bits"] or ""),
        "" if low_high is None else f"{low_high[0]}..{low_high[1]}",
        "" if row["max_delay"] is None else f"0..{row['max_delay']}",
    )


def _neuron_cell(neuron: dict[str, Any] | None) -> str:
    if neuron is None:
        return ""
    shown = ("threshold", "current_decay", "voltage_decay", "sin_decay", "cos_decay")
    pairs = (f"{name}={_short(neuron[name])}" for name in shown if name in neuron)
    return " ".join((neuron["type"], *pairs))


def _short(value: Any) -> str:
    return f"{min(value)}..{max(value)}" if isinstance(value, list) else str(value)
