"""The neuron as a file holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from lava.lib.dl import spec
from lava.lib.dl.spec.schema import Channels, Integer, dataset

__all__ = ["SoftReset"]


@dataclass(frozen=True, eq=False)
class SoftReset(spec.Neuron):
    """Leaky integrate-and-fire that subtracts its threshold where it fires.

    ``v = trunc(v (4096 - vDecay) / 4096) + x``; where v >= T it sends 1 and v loses T,
    in units of ``1 / (64 weight_scale)`` with ``T = 64 vThMant``.
    """

    type: ClassVar[str] = "example.soft_reset"
    voltage_decay: spec.neurons.Decay = field(
        metadata=dataset("vDecay", Channels(), "decay of the voltage", unit="1/4096")
    )
    threshold: int = field(
        metadata=dataset("vThMant", Integer(low=1, high=2**17), "threshold", unit="1/S")
    )
