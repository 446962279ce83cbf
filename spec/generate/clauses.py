"""Which case covers which clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lava.lib.dl.spec import layers, neurons
from pieces import LAVA_NEURON_CLAUSES, NEURON_CLAUSES

if TYPE_CHECKING:
    from cases import Case

TEXTS = ("net-1.0.md", "arithmetic-1.0.md", "arithmetic-lava-0.10.md", "evolution.md")
CLAUSE = re.compile(r"\*\*\[((?:A|L|E)?\d+\.\d+)\]\*\*")
SHOWN = 6

ALWAYS = (
    *("1.1", "1.2", "1.3", "2.2", "2.10", "2.11", "3.1", "3.4", "6.1"),
    *("9.4", "E1.5"),
)
TRAINED = ("A1.1", "A1.2", "A1.3", "A1.4", "A1.5")
LAVA = ("L1.1", "L1.2", "L1.3")
LAYER = {
    "input": ("3.11", "A5.1"),
    "dense": ("3.12", "A2.1"),
    "dense_rec": ("3.13", "A2.6"),
    "kwta": ("3.14", "A2.7"),
    "dense_rec_delay": ("3.23", "A2.6", "A2.9"),
    "kwta_delay": ("3.24", "A2.7", "A2.9"),
    "conv": ("3.15", "A2.2"),
    "convT": ("3.16", "A2.3"),
    "pool": ("3.17", "A2.4"),
    "unpool": ("3.18", "A2.4"),
    "flatten": ("3.19", "3.9", "A5.5"),
    "average": ("3.20", "A5.6"),
    "concat": ("3.21", "6.2", "A5.7"),
    "add": ("3.22", "6.3", "A5.8"),
}


def clauses_of(case: Case) -> list[str]:
    """All clauses a valid case covers, in order."""
    lava = case.arithmetic == "lava"
    found = {*ALWAYS, *(LAVA if lava else TRAINED), *case.clauses}
    for layer in case.network:
        found.update(layer_clauses(layer, lava))
    if lava:
        found.update(lava_clauses(case))
    return sorted(found, key=order)


def layer_clauses(layer: layers.Layer, lava: bool) -> Iterator[str]:
    """Clauses that a layer's fields touch."""
    yield from (c for c in LAYER[layer.type] if not lava or c[0] != "A")
    if isinstance(layer, layers.NeuronLayer):
        table = LAVA_NEURON_CLAUSES if lava else NEURON_CLAUSES
        if layer.neuron is None:
            yield "3.7"
        else:
            yield from ("4.1", *table[type(layer.neuron)])
        yield "3.2"
        if not lava:
            yield from option_clauses(layer)
    if isinstance(layer, layers.Average) and layer.time_factor > 1:
        yield "5.4"
    if isinstance(layer, layers.SynapseLayer):
        yield from synapse_clauses(layer, lava)


def option_clauses(layer: layers.NeuronLayer) -> Iterator[str]:
    """Clauses of the optional attributes that are in use."""
    neuron = layer.neuron
    complex_kind = isinstance(neuron, neurons.Resonator)
    if layer.weight_scale != 64:
        yield "5.1"
    if layer.delay_shift:
        yield "A5.2"
    if layer.delay_shift != layer.default_delay_shift:
        yield "5.2"
    if layer.readout != "spike":
        yield "5.3"
    if layer.readout == "voltage":
        yield "A4.10" if complex_kind else "A4.2"
    if layer.readout == "sum":
        yield "A5.4"
    if neuron is not None and neuron.weight_exp is not None:
        yield from ("A3.1", "5.5")
    normed = any(bias is not None for bias in layer.norm_biases)
    if isinstance(layer, layers.Input) and normed:
        yield from ("3.5", "A3.1", "A3.2")
    if getattr(neuron, "cum_error", False):
        yield from ("A4.13", "5.6")


def synapse_clauses(layer: layers.SynapseLayer, lava: bool) -> Iterator[str]:
    """Clauses of weights, biases and delays."""
    if layer.is_complex:
        yield from ("3.3", "4.3")
        yield "L2.8" if lava else "A2.5"
    if getattr(layer, "bias", None) is not None:
        yield "3.5"
        yield "L3.1" if lava else "A3.1"
    if layer.delay is not None:
        outputs = layer.delay.shape in {(1,), (layer.channels,)}
        yield "3.6"
        yield "L2.5" if lava else "A5.3" if outputs else "A2.8"
    if any(isinstance(v, np.ndarray) for v in vars(layer.neuron or object).values()):
        yield "4.2"


def lava_clauses(case: Case) -> Iterator[str]:
    """Clauses of Lava's synapses and run options."""
    name = case.name
    for layer in case.network:
        dense = isinstance(layer, layers.Dense)
        yield from ("L2.2", "L2.3", "L2.4") if dense else ()
        yield from ("L2.7",) if isinstance(layer, layers.Recurrent) else ()
        yield from ("L2.6",) if isinstance(layer, layers.Conv) else ()
        bare = isinstance(layer, layers.Input) and layer.neuron is None
        yield from ("L1.6",) if isinstance(layer, layers.Input) else ()
        yield from ("L1.5",) if bare or isinstance(layer, layers.Flatten) else ()
        yield from ("L1.7",) if isinstance(layer, layers.JoiningLayer) else ()
    yield from ("L2.1",) if "clipped" in name else ()
    yield from ("L1.4",) if case.options.get("reset_interval") else ()
    yield from ("L3.8",) if case.options.get("feed") == "bias" else ()


def order(clause: str) -> tuple[str, int, int]:
    """Clauses by document, then by number."""
    prefix = clause[0] if clause[0].isalpha() else ""
    major, minor = clause.removeprefix(prefix).split(".")
    return prefix, int(major), int(minor)


def clauses(folder: Path) -> list[str]:
    """Every clause of the normative texts."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in TEXTS]
    return sorted({c for text in texts for c in CLAUSE.findall(text)}, key=order)


def covering(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """For each clause the names of the cases that cover it."""
    found: dict[str, list[str]] = {}
    for kind in ("valid", "malformed"):
        for case in manifest[kind]:
            for clause in case["clauses"]:
                found.setdefault(clause, []).append(case["name"])
    return found


def uncovered(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Clauses that no case covers."""
    found = covering(manifest)
    return [clause for clause in clauses(folder) if clause not in found]


def coverage_page(folder: Path, manifest: dict[str, Any]) -> str:
    """Clause by case, as Markdown."""
    found = covering(manifest)
    valid, malformed = len(manifest["valid"]), len(manifest["malformed"])
    lines = [
        "# Clause by case",
        "",
        f"{valid} valid cases, {malformed} malformed files. Generated.",
        "",
        "| clause | cases | among them |",
        "| --- | --- | --- |",
    ]
    for clause in clauses(folder):
        names = found.get(clause, [])
        shown = names[:: max(1, len(names) // SHOWN)][:SHOWN]
        lines.append(f"| {clause} | {len(names)} | {', '.join(shown)} |")
    return "\n".join(lines) + "\n"
