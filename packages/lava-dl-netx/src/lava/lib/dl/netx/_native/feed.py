"""Between users' arrays, time last, and rows of messages, one per time step."""

from __future__ import annotations

import math

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.core.runtime import transposed
from lava.lib.dl.netx._native.crew import Check
from lava.lib.dl.netx._native.order import Messages, Shape

LAYOUTS = ("whc", "chw")
FEEDS = ("inp", "neuron", "bias")


def check_feed(feed: str, lava: bool, first: spec.Layer) -> None:
    """Refuse feeds that the network doesn't have.

    Lava's input layers of CUBA neurons receive nothing that is sent to the network.
    """
    if feed not in FEEDS:
        raise ValueError(f"feed is {feed!r}; needed is one of {', '.join(FEEDS)}")
    spiking = isinstance(first, spec.Input) and isinstance(first.neuron, spec.Cuba)
    if feed == "bias" and not (lava and spiking):
        raise ValueError(
            "feed='bias' needs arithmetic='lava' and a network that starts with an "
            "input layer of CUBA neurons; use feed='inp'"
        )
    if feed == "inp" and lava and spiking:
        raise ValueError(
            "Lava's CUBA input layer receives nothing through 'inp'; use feed='bias' "
            "for values already scaled, or feed='neuron' for its synaptic input"
        )


def check_batch(batch: Messages, shape: Shape, layout: str) -> None:
    """Name the way to run a single sample where one stands for a batch."""
    sample_shape = shape if layout == "chw" else shape[::-1]
    if batch.shape[:-1] == sample_shape:
        raise ValueError(
            f"input has shape {batch.shape}, that of one sample; a call takes a batch "
            f"{('samples', *sample_shape, 'steps')}: use run(input), or input[None]"
        )


def pack(
    batch: Messages,
    shape: Shape,
    steps: int | None,
    layout: str,
    lava: bool,
    check: Check | None = None,
) -> Messages:
    """(samples, shape, T) as rows (samples, steps, neurons in the file's order)."""
    if layout not in LAYOUTS:
        raise ValueError(f"layout is {layout!r}; needed is 'whc' or 'chw'")
    sample_shape = shape if layout == "chw" else shape[::-1]
    if batch.ndim == len(sample_shape) + 3 and batch.shape[2:-1] == sample_shape:
        raise ValueError(
            f"input has shape {batch.shape[1:]}, that of a batch; run and probe take "
            f"one sample {(*sample_shape, 'steps')}: call the network with the batch"
        )
    if batch.shape[1:-1] != sample_shape or batch.ndim < 2:
        raise ValueError(
            f"input has shape {batch.shape[1:]}; needed is {(*sample_shape, 'steps')} "
            f"in layout {layout!r}"
        )
    if batch.dtype.kind not in "buif":
        raise ValueError(f"input is of type {batch.dtype}; needed are numbers")
    if layout == "whc" and len(shape) == 3:
        batch = batch.swapaxes(1, 3)
    input_steps = batch.shape[-1]
    count = input_steps if steps is None else steps
    if count < 0:
        raise ValueError(f"steps is {steps}; needed is 0 or more")
    values = _whole(batch) if lava else batch
    flat = values.reshape(len(batch), math.prod(shape), input_steps)
    return transposed(flat, count, np.int32 if lava else np.float32, check)


def _whole(values: Messages) -> Messages:
    """Lava's sources cut fractions; messages are 32-bit integers."""
    if values.dtype.kind == "f":
        values = np.trunc(values)
    fits = np.can_cast(values.dtype, np.int32)
    if not fits and values.size and (values.max() >= 2**31 or values.min() < -(2**31)):
        raise ValueError("input exceeds 32-bit integers, which Lava's messages are")
    return values


def unpack(rows: Messages, shape: Shape, layout: str) -> Messages:
    """Rows in the file's order as (samples, shape, steps) in the layout."""
    batch = np.moveaxis(rows.reshape(*rows.shape[:2], *shape), 1, -1)
    transposes = layout == "whc" and len(shape) == 3
    return np.ascontiguousarray(batch.swapaxes(1, 3) if transposes else batch)
