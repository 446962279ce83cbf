"""Runs cases of the format's conformance suite on the native runtime, or on Lava.

``python -m lava.lib.dl.netx.conformance NET INPUT OUTPUT [NET INPUT OUTPUT ...]`` is
the runner that ``python -m lava.lib.dl.spec conformance --runner`` asks for. With
``--lava`` before the paths lava-nc's own processes run the cases of its arithmetic.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.netx._load import load

__all__ = ["main", "run_case"]


def run_case(network: str, archive: str) -> dict[str, npt.NDArray[Any]]:
    """Run one case.

    Args:
        network: Path of the network.
        archive: Path of the case's ``input``, ``steps``, ``arithmetic``, ``options``.

    Returns:
        ``output``, ``layer<i>`` and ``state<i>_<name>`` by name, in the file's order.
    """
    with np.load(archive) as case:
        data, steps = case["input"], int(case["steps"])
        arithmetic, options = str(case["arithmetic"]), json.loads(str(case["options"]))
    feed = options.pop("feed", "inp")
    if data.ndim == 4:
        options["input_shape"] = data.shape[-2::-1]
    net = load(network, arithmetic=arithmetic, **options)
    results: dict[str, npt.NDArray[Any]] = {}
    for index, trace in net.probe(
        data, steps, feed=feed, layout="chw", ends=True
    ).items():
        results["output"] = results[f"layer{index}"] = trace.output
        for name, states in trace.states.items():
            results[f"state{index}_{name}"] = states
    return results


def main(paths: Sequence[str]) -> int:
    """Run triples of network, input and output; returns the exit code."""
    run = run_case
    if paths[:1] == ["--lava"]:
        from lava.lib.dl.netx import _conformance_lava

        run, paths = _conformance_lava.run_case, paths[1:]
    if not paths or len(paths) % 3:
        print("give NET INPUT OUTPUT, once or more", file=sys.stderr)
        return 2
    for network, archive, output in zip(*[iter(paths)] * 3, strict=True):
        results: dict[str, Any] = dict(run(network, archive))
        np.savez(output, **results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
