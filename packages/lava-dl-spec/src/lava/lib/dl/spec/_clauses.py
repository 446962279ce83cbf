"""Every defect code and the clause of the normative text it stands for."""

from __future__ import annotations

from typing import Final

__all__ = ["CLAUSE_OF"]

CLAUSE_OF: Final[dict[str, str]] = {
    "not-hdf5": "1.1",
    "no-layers": "1.2",
    "damaged": "1.1",
    "layer-index": "1.3",
    "link": "1.4",
    "cycle": "1.5",
    "storage": "1.6",
    "size": "1.7",
    "limit": "1.8",
    "unknown-field": "1.9",
    "version": "1.10",
    "extension": "1.11",
    "object-kind": "2.1",
    "missing": "2.2",
    "text": "2.3",
    "not-numeric": "2.4",
    "not-scalar": "2.5",
    "not-finite": "2.6",
    "fraction": "2.7",
    "value-range": "2.8",
    "shape": "2.9",
    "unknown-layer": "3.1",
    "unknown-neuron": "4.1",
    "complex-pair": "3.3",
    "features": "3.4",
    "neuron-channels": "4.2",
    "delay": "3.6",
    "bias": "3.5",
    "neuron-missing": "3.7",
    "readout": "5.3",
    "refractory": "4.12",
    "neuron-family": "4.3",
    "unwritten": "3.8",
    "chain": "6.1",
    "sources": "6.2",
    "lava-kind": "7.1",
    "lava-ignores": "7.2",
    "lava-clips": "7.3",
    "loihi2-limit": "7.4",
}
