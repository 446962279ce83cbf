"""What every layer of a network receives and sends, through the public runtime alone.

A layer's output is that of the network cut off behind it, so any runtime that takes
``num_layers`` can be traced, whatever its kernels keep to themselves.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Messages


@dataclass(frozen=True)
class Traced:
    """One layer's part of a run.

    Attributes:
        index: Position in the file.
        layer: The layer.
        received: Its input, (samples, shape in the file's order, steps).
        sent: Its output, likewise.
        seconds: Time of the network with it, less that without it.
        is_late: Whether the output appears a step after what the layer feeds back.
    """

    index: int
    layer: spec.Layer
    received: Messages
    sent: Messages
    seconds: float
    is_late: bool = False


class Trace(NamedTuple):
    """All layers' parts, and the time of the whole."""

    layers: list[Traced]
    seconds: float


def trace(
    net: Any,
    input: npt.ArrayLike,
    steps: int | None,
    *,
    feed: str,
    layout: str,
    options: dict[str, Any],
) -> Trace:
    """Run a network and what it is made of."""
    network, options = _source(net, options)
    received = batch_of(np.asarray(input), _rank(network, options), layout, steps)
    skipped = options.get("skip_layers") or 0
    last = min(options.pop("num_layers", None) or len(network), len(network))
    trained = options.get("arithmetic", "trained") == "trained"
    traced: list[Traced] = []
    before, data = 0.0, received
    for index, layer in enumerate(network.layers[skipped:last], skipped):
        if isinstance(layer, spec.Input) and layer.neuron is None:
            continue
        sent, seconds = _timed(network, data, index + 1, feed, options)
        is_late = trained and getattr(layer, "delay_shift", False)
        seconds_here = max(seconds - before, 0.0)
        traced.append(Traced(index, layer, received, sent, seconds_here, is_late))
        received, before = sent, seconds
    if not traced:
        raise ValueError("the network has no layer that does work; nothing to profile")
    return Trace(traced, before)


def _source(net: Any, options: dict[str, Any]) -> tuple[spec.Network, dict[str, Any]]:
    """The network of a runtime, a record or a file, and how to load it again."""
    if isinstance(net, spec.Network):
        return net, dict(options)
    if isinstance(net, (str, os.PathLike)):
        return spec.read(net), dict(options)
    return net.network, {**net.options, **options}


def batch_of(data: Messages, rank: int, layout: str, steps: int | None) -> Messages:
    """The input as (samples, shape in the file's order, steps)."""
    if data.ndim == rank + 1:
        data = data[np.newaxis]
    if data.ndim != rank + 2:
        raise ValueError(
            f"input has shape {data.shape}; needed is ({'shape, ' * (rank == 1)}"
            f"{'width, height, channels, ' * (rank == 3)}steps), or a batch of those"
        )
    if rank == 3 and layout == "whc":
        data = data.swapaxes(1, 3)
    count = data.shape[-1] if steps is None else steps
    short = [(0, 0)] * (data.ndim - 1) + [(0, max(count - data.shape[-1], 0))]
    return np.pad(data[..., :count], short)


def _rank(network: spec.Network, options: dict[str, Any]) -> int:
    """1 for a flat input, 3 for one of width, height and channels."""
    from lava.lib.dl import netx

    return len(netx.load(network, **options).input_shape)


def _timed(
    network: spec.Network,
    data: Messages,
    num_layers: int,
    feed: str,
    options: dict[str, Any],
) -> tuple[Messages, float]:
    from lava.lib.dl import netx

    cut = netx.load(network, num_layers=num_layers, **options)
    begun = time.perf_counter()
    samples = []
    for sample in data:
        cut.reset()
        samples.append(cut.run(sample, sample.shape[-1], feed=feed, layout="chw"))
    return np.stack(samples), time.perf_counter() - begun
