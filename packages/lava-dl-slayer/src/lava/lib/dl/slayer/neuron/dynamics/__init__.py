"""The parts that neurons' dynamics are made of, on integer states."""

from lava.lib.dl.slayer.neuron.dynamics import (
    adaptive_phase_th,
    adaptive_resonator,
    adaptive_threshold,
    leaky_integrator,
    resonator,
)

__all__ = [
    "adaptive_phase_th",
    "adaptive_resonator",
    "adaptive_threshold",
    "leaky_integrator",
    "resonator",
]
