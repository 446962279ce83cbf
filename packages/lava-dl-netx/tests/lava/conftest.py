"""Runs networks on Lava; everything here needs lava-nc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def run_lava() -> Callable[..., dict[str, np.ndarray]]:
    """Run a network and record its output, its layers' outputs and their end states.

    The result has the keys of the golden vectors: ``output``, ``layer0``,
    ``state0_u`` and so on.
    """
    return _run_lava


def _run_lava(
    net: Any,
    data: np.ndarray | None,
    steps: int,
    *,
    feed: str = "inp",
    start: Any = None,
) -> dict[str, np.ndarray]:
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc import io

    if data is not None and feed == "bias":
        net.in_layer.neuron.bias_mant.init = data[..., 0]
    elif data is not None:
        short = max(steps - data.shape[-1], 0)
        padded = np.pad(data, [(0, 0)] * (data.ndim - 1) + [(0, short)])
        source = io.source.RingBuffer(data=padded)
        source.s_out.connect(net.inp if feed == "inp" else net.in_layer.neuron.a_in)
    sinks = [_sink(layer.neuron.s_out, steps) for layer in net.layers[:-1]]
    sinks.append(_sink(net.out, steps))
    first = start or sinks[-1]
    first.run(
        condition=RunSteps(num_steps=steps),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    try:
        return {**_outputs(sinks), **_states(net)}
    finally:
        first.stop()


def _sink(port: Any, steps: int) -> Any:
    from lava.proc import io

    sink = io.sink.RingBuffer(shape=port.shape, buffer=steps)
    port.connect(sink.a_in)
    return sink


def _outputs(sinks: list[Any]) -> dict[str, np.ndarray]:
    names = [f"layer{index}" for index in range(len(sinks) - 1)] + ["output"]
    pairs = zip(names, sinks, strict=True)
    return {name: sink.data.get().astype(np.int64) for name, sink in pairs}


STATES = ("u", "v", "real", "imag", "sigma", "act", "residue")


def _states(net: Any) -> dict[str, np.ndarray]:
    return {
        f"state{index}_{name}": np.asarray(getattr(layer.neuron, name).get())
        for index, layer in enumerate(net.layers)
        for name in STATES
        if hasattr(layer.neuron, name)
    }
