"""Cases, their sizes, and what they must reach on an H100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blocks import CASES as NETWORKS


@dataclass(frozen=True)
class Goal:
    """A contender's time, at most so many times another's, or so many ms."""

    contender: str
    most: float
    of: str = ""


@dataclass(frozen=True)
class Case:
    """A neuron over (N, C, T), or a network whose layers are given or made."""

    neuron: str
    samples: int
    channels: int
    steps: int
    layers: tuple[Any, ...] = ()
    delay: bool = False
    goals: tuple[Goal, ...] = ()


def faster(factor: float) -> Goal:
    """That a step takes so many times less than the peer's."""
    return Goal("ours", 1 / factor, "spikingjelly")


def network(name: str, samples: int, steps: int, delay: bool = False) -> Case:
    """One of the networks that `blocks.py` times."""
    layers = tuple(NETWORKS[name][0])
    goals = () if delay else (faster(1.5),)
    return Case("cuba", samples, layers[0][1], steps, layers, delay, goals)


NEAR_FLOOR = Goal("in a graph", 1.4, "floor")
SIZE = (32, 2048, 300)
NEAR_CUBA = (Goal("in a graph", 2.0, "cuba 32x2048: in a graph"),)

CASES = {
    "cuba 32x512 T=100": Case("cuba", 32, 512, 100, goals=(faster(2),)),
    "cuba 32x512 T=1000": Case(
        "cuba", 32, 512, 1000, goals=(Goal("in a graph", 0.25), faster(2))
    ),
    "cuba 64x4096": Case("cuba", 64, 4096, 300, goals=(NEAR_FLOOR, faster(1.4))),
    "cuba 16x16384": Case("cuba", 16, 16384, 500, goals=(NEAR_FLOOR, faster(1.4))),
    "cuba 32x2048": Case("cuba", *SIZE),
    **{
        f"{name} 32x2048": Case(name, *SIZE, goals=NEAR_CUBA)
        for name in ("alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
    },
    "dense": network("dense", 64, 300),
    "mlp": network("mlp", 64, 300),
    "mlp, delays": network("mlp", 64, 300, delay=True),
    "conv": network("conv", 32, 100),
    "conv, delays": network("conv", 32, 100, delay=True),
    "recurrent": Case(
        *("cuba", 32, 256, 200),
        layers=(("recurrent", 256, 256),),
        goals=(Goal("ours", 5.0),),
    ),
    "pilotnet": Case("sigma_delta", 8, 3, 16, layers=(("pilotnet",),)),
}
