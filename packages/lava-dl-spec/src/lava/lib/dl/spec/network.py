"""The network: its layers in order, and how they fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lava.lib.dl.spec._chain import chain_problems
from lava.lib.dl.spec._codec import Integer, Text
from lava.lib.dl.spec._problem import Problem
from lava.lib.dl.spec._record import Item, Record, dataset
from lava.lib.dl.spec.layers import Dense, Flatten, Input, KernelLayer, Layer

__all__ = ["EXTENSIONS", "FORMAT_VERSION", "Network", "Simulation"]

FORMAT_VERSION = Item(
    "format_version", Text(), "version of the text that the file keeps", attribute=True
)
EXTENSIONS = Item(
    "extensions",
    Text(longest=4096),
    "plugin kinds and the distributions they come from",
    attribute=True,
)


@dataclass(frozen=True, eq=False)
class Simulation(Record):
    """Sampling of older files; nothing reads it but people.

    Attributes:
        time_step: ``Ts``, always 1 in known files.
        sample_steps: ``tSample``, steps per sample.
    """

    time_step: int = field(
        default=1, metadata=dataset("Ts", Integer(), "length of a step", unit="ms")
    )
    sample_steps: int = field(
        default=1,
        metadata=dataset("tSample", Integer(), "length of a sample", unit="step"),
    )


@dataclass(frozen=True)
class Network:
    """A whole file.

    Attributes:
        layers: The layers in order of the data's flow.
        simulation: The ``simulation`` group of older files, or None.
    """

    layers: tuple[Layer, ...]
    simulation: Simulation | None = None

    def __init__(
        self, layers: Sequence[Layer], simulation: Simulation | None = None
    ) -> None:
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers: expected layer records, got {layer!r:.60}")
        object.__setattr__(self, "layers", tuple(layers))
        object.__setattr__(self, "simulation", simulation)

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """Shape of the input, (neurons,) or (channels, height, width), if it is said.

        A leading ``Flatten`` says how many values it takes.
        """
        first = self.layers[0] if self.layers else None
        if isinstance(first, Dense):
            return (first.in_features,)
        if isinstance(first, KernelLayer):
            return first.input_shape
        return first.shape if isinstance(first, Input | Flatten) else None

    def problems(self) -> list[Problem]:
        """Where the layers don't fit together; empty for a network that can run."""
        return list(chain_problems(self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)
