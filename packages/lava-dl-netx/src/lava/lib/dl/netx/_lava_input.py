"""The trainer's input in the units of Lava's processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._native.passive import prepare
from lava.lib.dl.spec.lava import SIGMA_DELTA

MESSAGE = 2**12
"""What a message of 1 counts between sigma-delta layers."""
MESSAGE_BITS = 16


@dataclass(frozen=True)
class LavaInput:
    """What Lava is fed in place of the trainer's input.

    Attributes:
        data: Whole numbers in the file's order.
        feed: As in `Runtime.run`.
        options: Of the network, as in `netx.load`.
        has_fractions: Whether the conversion cut fractions.
    """

    data: npt.NDArray[Any]
    feed: str
    options: dict[str, Any]
    has_fractions: bool


def for_lava(network: spec.Network, data: npt.NDArray[Any]) -> LavaInput:
    """Convert the trainer's input, its shape then time.

    Spikes stay what they are. Neurons that encode the input receive it in units of the
    weights' scale, and synapses of sigma-delta layers in 4096ths.

    Raises:
        ValueError: Lava can't be fed this input.
    """
    first, value = network[0], np.asarray(data, np.float32)
    if isinstance(first, spec.Input):
        rows = value.reshape(-1, value.shape[-1]).T
        value = prepare(first, rows).T.reshape(value.shape)
    feed, unit = _entry(network, value)
    scaled = value.astype(np.float64) * unit
    whole = np.rint(scaled) if unit != 1 else np.trunc(scaled)
    graded = bool(np.any((whole != 0) & (whole != 1)))
    return LavaInput(
        whole.astype(np.int64),
        feed,
        {"input_message_bits": MESSAGE_BITS if graded else 0},
        not np.array_equal(whole, scaled),
    )


def _entry(network: spec.Network, value: npt.NDArray[Any]) -> tuple[str, int]:
    """How the first neurons are fed, and what they count a 1."""
    first = network[0]
    if not isinstance(first, spec.Input) or first.neuron is None:
        neurons = (getattr(layer, "neuron", None) for layer in network)
        known = next((n for n in neurons if n is not None), None)
        return "inp", MESSAGE if isinstance(known, SIGMA_DELTA) else 1
    if first.neuron.is_complex:
        return "inp", first.weight_scale
    if isinstance(first.neuron, SIGMA_DELTA):
        return "neuron", first.weight_scale
    if np.any(value != value[..., :1]):
        raise ValueError(
            f"an input layer of {first.neuron.type} neurons takes one image, which "
            "stays, as its bias on Lava, and this input changes"
        )
    return "bias", first.weight_scale
