"""What the reference computes for a case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec.network import Network
from lava.lib.dl.spec.reference import LavaOptions, Trace, run, run_lava

Arrays = dict[str, NDArray[Any]]


def run_reference(
    network: Network,
    data: NDArray[Any],
    steps: int,
    arithmetic: str,
    options: dict[str, Any],
) -> Arrays:
    """Run the reference and lay out what it computed as the protocol says.

    Args:
        network: The network.
        data: What is fed, shape + (time,).
        steps: Number of time steps.
        arithmetic: ``"trained"`` or ``"lava"``.
        options: Options of the run.

    Returns:
        ``output``, ``layer<i>`` and ``state<i>_<name>``, each shape + (steps,).
    """
    shape = data.shape[:-1]
    padded = np.zeros((*shape, steps), dtype=data.dtype)
    padded[..., : data.shape[-1]] = data[..., :steps]
    rows = padded.reshape(math.prod(shape), steps).T.tolist()
    if arithmetic == "lava":
        whole = [[int(v) for v in row] for row in rows]
        chosen = LavaOptions(**options)
        traces = run_lava(network, whole, steps, shape, chosen)
    else:
        traces = run(network, [[exact(v) for v in row] for row in rows], shape)
    return laid_out(network, traces)


def exact(value: float) -> int | Fraction:
    """A float as the same number; whole ones as int, which is faster."""
    return int(value) if value.is_integer() else Fraction(value)


def laid_out(network: Network, traces: Sequence[Trace]) -> Arrays:
    """Traces as arrays."""
    result: Arrays = {}
    for index, (layer, trace) in enumerate(zip(network, traces, strict=True)):
        if not trace.output:
            continue
        result[f"layer{index}"] = as_array(trace.output, layer.shape)
        for name, rows in trace.states.items():
            result[f"state{index}_{name}"] = as_array(rows, layer.shape)
        result["output"] = result[f"layer{index}"]
    return result


def as_array(rows: Sequence[Sequence[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
    """Rows of numbers as shape + (steps,): int64, or float64 where they aren't whole.

    Every 32-bit float is exact in 64 bits.
    """
    whole = all(Fraction(v).denominator == 1 for row in rows for v in row)
    kind = np.int64 if whole else np.float64
    values = [[int(v) if whole else float(v) for v in row] for row in rows]
    result: NDArray[Any] = np.array(values, dtype=kind)
    laid: NDArray[Any] = result.T.reshape(*shape, len(rows))
    return laid
