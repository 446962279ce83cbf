"""Runs networks on Lava, and natively with Lava's bits; all here needs lava-nc."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lava.lib.dl import spec


@pytest.fixture(scope="session")
def one_search_a_process() -> Iterator[None]:
    """Let Lava search the models of each type of process once.

    Each search runs all modules beside the process's own anew and keeps what they
    define, which makes the next network's processes slower to start.
    """
    from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs

    search, models = ProcGroupDiGraphs._find_proc_models, {}

    def find(proc: Any) -> list[Any]:
        kind = type(proc)
        if kind not in models:
            models[kind] = search(proc)
        return list(models[kind])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProcGroupDiGraphs, "_find_proc_models", staticmethod(find))
        yield


@pytest.fixture
def run_lava(
    one_search_a_process: None,
) -> Iterator[Callable[..., dict[str, np.ndarray]]]:
    """Run a network and record its output, its layers' outputs and their end states.

    The result has the keys of the golden vectors: ``output``, ``layer0``,
    ``state0_u`` and so on.
    """
    from lava.lib.dl.netx._conformance_lava import record
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.process.variable import VarServer

    yield record
    # Else Lava keeps all processes for ever, and each fork takes longer.
    ProcessServer().processes.clear()
    VarServer().vars.clear()


@pytest.fixture
def run_native() -> Callable[..., dict[str, np.ndarray]]:
    """The same keys from a network of the native runtime, which starts at rest."""

    def run(net: Any, data: np.ndarray, steps: int, feed: str) -> dict[str, Any]:
        traces = net.probe(data, steps, feed=feed)
        built = {i for i, t in traces.items() if t.states or _joins(net.network[i])}
        kept = [trace for i, trace in traces.items() if i in built]
        found = {f"layer{k}": trace.output for k, trace in enumerate(kept[:-1])}
        for k, trace in enumerate(kept):
            ends = {f"state{k}_{n}": v[..., -1] for n, v in trace.states.items()}
            found.update(ends)
        return {**found, "output": kept[-1].output}

    return run


def _joins(layer: spec.Layer) -> bool:
    return isinstance(layer, (spec.Add, spec.Concat))
