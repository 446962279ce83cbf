"""Exact counts of one layer's work."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._native.order import Messages
from lava.lib.dl.netx._native.synapses import recurrent_delays
from lava.lib.dl.netx._profile import _estimate
from lava.lib.dl.netx._profile._fan_out import fan_out, recurrent_fan_out
from lava.lib.dl.netx._profile._result import LayerProfile
from lava.lib.dl.netx._profile._trace import Traced
from lava.lib.dl.netx._size import neurons_of, parameter_bytes, states_of

STATE_BYTES = 4


def count(run: Traced) -> LayerProfile:
    """Count what a layer did."""
    layer, received, sent = run.layer, run.received, run.sent
    samples, steps = received.shape[0], received.shape[-1]
    neurons = neurons_of(layer)
    forward = fan_out(layer, received.shape[1:-1])
    back = recurrent_fan_out(layer)
    returned = steps - _steps_of_return(layer)
    # What returns after the last step acts on none that was run.
    arrived = np.arange(steps) < (returned + run.is_late)[:, np.newaxis]
    fed_back = sent * arrived if back.any() else sent
    operations = _crossed(received, forward) + _crossed(fed_back, back)
    dense = samples * (steps * int(forward.sum()) + _returns(returned, back))
    updates = samples * steps * neurons
    events = int(np.count_nonzero(sent))
    parameters, states = parameter_bytes(layer), states_of(layer)
    return LayerProfile(
        name=f"{run.index} {layer.type}",
        shape=tuple(layer.shape),
        neurons=neurons,
        input_events=int(np.count_nonzero(received)),
        events=events,
        synaptic_operations=operations,
        dense_operations=dense,
        neuron_updates=updates,
        parameter_bytes=parameters,
        state_bytes=STATE_BYTES * states * neurons,
        seconds=run.seconds,
        cores=_estimate.cores(neurons, parameters, states),
        energy=_estimate.energy(operations, updates, events),
    )


def _returns(steps: npt.NDArray[np.int64], back: npt.NDArray[np.int64]) -> int:
    return int(steps.clip(0) @ back.ravel())


def _steps_of_return(layer: spec.Layer) -> npt.NDArray[np.int64]:
    """After how many steps each neuron's output acts on its layer, of any layer."""
    delays = recurrent_delays(layer)
    return np.broadcast_to(delays + 1, math.prod(layer.shape)).astype(np.int64)


def _crossed(messages: Messages, fan: npt.NDArray[np.int64]) -> int:
    """Synapses crossed by all nonzero messages."""
    if not fan.any():
        return 0
    axes = (0, messages.ndim - 1)
    events = np.count_nonzero(messages, axis=axes).reshape(math.prod(fan.shape))
    return int(events @ fan.ravel())
