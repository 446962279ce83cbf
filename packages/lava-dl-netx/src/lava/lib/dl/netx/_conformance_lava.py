"""Runs cases of the format's conformance suite on Lava's own processes."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5
from lava.lib.dl.netx._native.order import transposed

Arrays = dict[str, npt.NDArray[Any]]
STATES = ("u", "v", "real", "imag", "sigma", "act", "residue")


def run_case(network: str, archive: str) -> Arrays:
    """Run one case.

    Args:
        network: Path of the network.
        archive: Path of the case's ``input``, ``steps``, ``arithmetic``, ``options``.

    Returns:
        ``output``, ``layer<i>`` and ``end<i>_<state>`` by name, in the file's order.
    """
    with np.load(archive) as case:
        data, steps = case["input"], int(case["steps"])
        options = json.loads(str(case["options"]))
    feed = options.pop("feed", "inp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = hdf5.Network(network, input_shape=data.shape[-2::-1], **options)
    flat = len(net.inp.shape) == 1
    inputs = data.reshape(-1, data.shape[-1]) if flat else transposed(data)
    recorded = record(net, inputs[..., :steps].astype(int), steps, feed=feed)
    return in_file_order(recorded, built(network))


def in_file_order(recorded: Arrays, indices: list[int]) -> Arrays:
    """What :func:`record` found, under the file's indices and with the file's axes."""
    result = {"output": transposed(recorded["output"])}
    for block, index in enumerate(indices):
        if block < len(indices) - 1:
            result[f"layer{index}"] = transposed(recorded[f"layer{block}"])
        for name in STATES:
            state = recorded.get(f"state{block}_{name}")
            if state is not None:
                result[f"end{index}_{name}"] = transposed(state[..., None])[..., 0]
    return result


def built(path: str) -> list[int]:
    """Indices of the layers that become blocks."""
    return [
        index
        for index, layer in enumerate(spec.read(path))
        if getattr(layer, "neuron", None) is not None
        or not isinstance(layer, (spec.Input, spec.Flatten))
    ]


def record(
    net: Any,
    data: npt.NDArray[Any] | None,
    steps: int,
    *,
    feed: str = "inp",
    start: Any = None,
) -> Arrays:
    """Run a network from rest and record what its blocks put out.

    Args:
        net: The network, an ``hdf5.Network``.
        data: What is fed, shape of the input + (time,); zeros follow.
        steps: Number of time steps.
        feed: ``"inp"`` sends the data to the network, ``"a_in"`` to the first block's
            neurons; ``"bias"`` makes the first column the bias of the first block.
        start: The process to run; the last sink where it is None.

    Returns:
        ``output``, ``layer<k>`` of all blocks but the last, and the states at the end
        as ``state<k>_<name>``.
    """
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    if data is not None:
        _feed(net, data, steps, feed)
    sinks = [_sink(_sent(layer), steps) for layer in net.layers[:-1]]
    sinks.append(_sink(net.out, steps))
    first = start or sinks[-1]
    first.run(
        condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt")
    )
    try:
        return {**_outputs(sinks), **_states(net)}
    finally:
        first.stop()


def _feed(net: Any, data: npt.NDArray[Any], steps: int, feed: str) -> None:
    from lava.proc import io

    if feed == "bias":
        net.in_layer.neuron.bias_mant.init = data[..., 0]
        return
    short = max(steps - data.shape[-1], 0)
    padded = np.pad(data, [(0, 0)] * (data.ndim - 1) + [(0, short)])
    source = io.source.RingBuffer(data=padded)
    source.s_out.connect(net.inp if feed == "inp" else net.in_layer.neuron.a_in)


def _sink(port: Any, steps: int) -> Any:
    from lava.proc import io

    sink = io.sink.RingBuffer(shape=port.shape, buffer=steps)
    port.connect(sink.a_in)
    return sink


def _sent(layer: Any) -> Any:
    """The port of what a layer sends; those that join others have no neurons."""
    return layer.neuron.s_out if hasattr(layer, "neuron") else layer.out


def _outputs(sinks: list[Any]) -> Arrays:
    names = [f"layer{index}" for index in range(len(sinks) - 1)] + ["output"]
    pairs = zip(names, sinks, strict=True)
    return {name: sink.data.get().astype(np.int64) for name, sink in pairs}


def _states(net: Any) -> Arrays:
    return {
        f"state{index}_{name}": np.asarray(getattr(layer.neuron, name).get())
        for index, layer in enumerate(net.layers)
        for name in STATES
        if hasattr(getattr(layer, "neuron", None), name)
    }
