"""Estimates of cores and energy on Loihi, from published figures.

Neither is measured. Cores follow from limits of Loihi 2 (Intel Labs, Loihi 2 technology
brief, 2021) as if each layer were placed by itself. No energies per operation are
published for Loihi 2; those used are of Loihi (Davies et al., Loihi: a neuromorphic
manycore processor with on-chip learning, IEEE Micro 38, 2018, table 2), so take the
energy as an order of magnitude and without what a chip needs when idle.
"""

from __future__ import annotations

import math

NEURONS_PER_CORE = 8192
MEMORY_PER_CORE = 192 * 1024
STATE_BYTES = 3
"""States on the chip are 24 bits wide."""

SYNAPTIC_OPERATION = 23.6e-12
NEURON_UPDATE = 81e-12
EVENT = 1.7e-12
"""Joules; the update is that of an active neuron, the event stays in its tile."""

SOURCES = {
    "cores": "estimate from the limits in Intel's Loihi 2 technology brief (2021): "
    "8192 neurons and 192 KB per core",
    "energy": "estimate from Loihi's figures in Davies et al., IEEE Micro 38 (2018): "
    "23.6 pJ per synaptic operation, 81 pJ per neuron update, 1.7 pJ per event; "
    "without idle power",
}


def cores(neurons: int, parameter_bytes: int, states: int) -> int:
    """Cores of Loihi 2 that hold a layer."""
    memory = parameter_bytes + neurons * states * STATE_BYTES
    by_memory = math.ceil(memory / MEMORY_PER_CORE)
    return max(math.ceil(neurons / NEURONS_PER_CORE), by_memory)


def energy(synaptic_operations: int, neuron_updates: int, events: int) -> float:
    """Joules of a layer's work."""
    return (
        synaptic_operations * SYNAPTIC_OPERATION
        + neuron_updates * NEURON_UPDATE
        + events * EVENT
    )
