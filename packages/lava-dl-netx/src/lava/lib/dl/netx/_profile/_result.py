"""What a profile holds, as text and as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy.typing as npt

from lava.lib.dl.netx._profile import _estimate
from lava.lib.dl.netx._table import aligned


@dataclass(frozen=True)
class LayerProfile:
    """The work of one layer, over all samples and steps.

    Attributes:
        name: Index and type of the layer.
        shape: Shape of its output in the file's order.
        neurons: Number of neurons.
        input_events: Nonzero messages that reach the layer.
        events: Nonzero messages that it sends.
        synaptic_operations: Pairs of an input event and a synapse of nonzero weight
            that it crosses, recurrent synapses included.
        dense_operations: The same if every message were nonzero.
        neuron_updates: Neurons times steps.
        parameter_bytes: Weights at their own width, delays and biases.
        state_bytes: States of the neurons, as 32-bit integers.
        seconds: Time of the layer in the native runtime, measured.
        cores: Cores of Loihi 2, an estimate.
        energy: Joules, an estimate.
    """

    name: str
    shape: tuple[int, ...]
    neurons: int
    input_events: int
    events: int
    synaptic_operations: int
    dense_operations: int
    neuron_updates: int
    parameter_bytes: int
    state_bytes: int
    seconds: float
    cores: int
    energy: float

    @property
    def rate(self) -> float:
        """Events per neuron and step."""
        return self.events / self.neuron_updates if self.neuron_updates else 0.0


COLUMNS = (
    ("layer", "name", "{}"),
    ("neurons", "neurons", "{}"),
    ("events in", "input_events", "{}"),
    ("events out", "events", "{}"),
    ("rate", "rate", "{:.4f}"),
    ("synops", "synaptic_operations", "{}"),
    ("if dense", "dense_operations", "{}"),
    ("updates", "neuron_updates", "{}"),
    ("bytes", "parameter_bytes", "{}"),
    ("state", "state_bytes", "{}"),
    ("ms", "milliseconds", "{:.3f}"),
    ("~cores", "cores", "{}"),
    ("~nJ", "nanojoules", "{:.3f}"),
)
SUMMED = [f.name for f in fields(LayerProfile)[2:] if f.name != "input_events"]


@dataclass(frozen=True)
class Profile:
    """The work of a network on an input.

    Attributes:
        layers: One entry per layer that does work.
        samples: Number of samples.
        steps: Steps per sample.
        seconds: Time of the whole run, measured, without the profile's own counting.
        rasters: Per layer the first sample's output, (neurons, steps).
    """

    layers: tuple[LayerProfile, ...]
    samples: int
    steps: int
    seconds: float
    rasters: tuple[npt.NDArray[Any], ...] = field(repr=False)

    @property
    def total(self) -> dict[str, float]:
        """Sums over the layers."""
        return {name: sum(getattr(x, name) for x in self.layers) for name in SUMMED}

    @property
    def head(self) -> str:
        """How much was run, in a line."""
        return f"{self.samples} samples of {self.steps} steps, {self.seconds:.4g} s"

    def __str__(self) -> str:
        notes = (f"~{name}: {text}" for name, text in _estimate.SOURCES.items())
        titles = [title for title, _, _ in COLUMNS]
        table = aligned([titles, *map(cells, self.layers)], str.rjust)
        return "\n".join((self.head, table, *notes))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; estimates come with their source."""
        return {
            "samples": self.samples,
            "steps": self.steps,
            "seconds": self.seconds,
            "layers": [{**asdict(x), "rate": x.rate} for x in self.layers],
            "total": self.total,
            "estimates": dict(_estimate.SOURCES),
        }

    def to_html(self) -> str:
        """A page with bars and rasters that needs nothing but itself."""
        from lava.lib.dl.netx._profile._html import page

        return page(self)


def cells(layer: LayerProfile) -> tuple[str, ...]:
    """One row of the table."""
    values = {
        "milliseconds": layer.seconds * 1e3,
        "nanojoules": layer.energy * 1e9,
        "rate": layer.rate,
        **asdict(layer),
    }
    return tuple(form.format(values[name]) for _, name, form in COLUMNS)
