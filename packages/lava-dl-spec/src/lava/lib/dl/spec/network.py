"""The network: its layers in order, and how they fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lava.lib.dl.spec._chain import chain_problems
from lava.lib.dl.spec._problem import Problem
from lava.lib.dl.spec.layers import Layer

__all__ = ["Network", "Simulation"]


@dataclass(frozen=True)
class Simulation:
    """Sampling of older files; nothing reads it but people.

    Attributes:
        time_step: ``Ts``, always 1 in known files.
        sample_steps: ``tSample``, steps per sample.
    """

    time_step: int = 1
    sample_steps: int = 1


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

    def problems(self) -> list[Problem]:
        """Where the layers don't fit together; empty for a network that can run."""
        return list(chain_problems(self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)
