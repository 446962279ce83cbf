"""Where Lava knowingly computes something else than the trainer, and what to do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._native import lava, lava_weights
from lava.lib.dl.spec.layers import BiasedLayer, SynapseLayer

__all__ = ["deviations_of"]

States = Mapping[str, npt.NDArray[Any]]
Deviation = tuple[str, str, str]
"""Its name, what Lava does, and what to change in training."""

SCALE = 64
"""Of weights, the only one that Lava's sigma-delta units are made for."""
STATE_LIMIT = 2**23
BIAS_LIMIT = 2**15


def deviations_of(layer: spec.Layer, states: States | None = None) -> list[str]:
    """The known deviations of Lava that a layer runs into.

    Args:
        layer: The layer.
        states: Its states over time in the trainer's arithmetic, where known.

    Returns:
        Sentences: name, what Lava does; what to change in training.
    """
    found = [deviation for check in _CHECKS for deviation in check(layer)]
    found += _of_states(layer, states or {})
    return [f"{name}: {cause}; {remedy}" for name, cause, remedy in found]


def _of_weights(layer: spec.Layer) -> Iterator[Deviation]:
    if not isinstance(layer, SynapseLayer) or isinstance(layer, spec.Conv):
        return
    for weights in _squeezed_together(layer):
        joined = np.concatenate([weight.ravel() for weight in weights])
        low, high = int(joined.min()), int(joined.max())
        if low < lava_weights.LOW or high > lava_weights.HIGH + (low >= 0):
            yield (
                "weights beyond 8 bits",
                f"Lava clips weights {low}..{high} to -256..254, and loses them all "
                "where they have one sign",
                "train with a smaller weight_scale, so that they fit",
            )
        elif _is_cut(weights):
            yield (
                "smallest of negative weights",
                f"Lava cuts the smallest weight, {low}, where all are negative",
                "keep one weight of the layer at 0 or above",
            )


def _squeezed_together(layer: SynapseLayer) -> list[list[npt.NDArray[Any]]]:
    """Matrices that share one exponent: forward and recurrent, not the imaginary."""
    recurrent = getattr(layer, "weight_rec", None)
    groups = [[layer.weight] if recurrent is None else [layer.weight, recurrent]]
    return groups if layer.weight_imag is None else [*groups, [layer.weight_imag]]


def _is_cut(weights: list[npt.NDArray[Any]]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held, up = lava_weights.prepare(*weights)
    return any(np.any(h != w << up) for h, w in zip(held, weights, strict=True))


def _of_delays(layer: spec.Layer) -> Iterator[Deviation]:
    delay = getattr(layer, "delay", None)
    if delay is None or not np.any(delay):
        return
    if isinstance(layer, spec.Conv):
        yield (
            "delays of convolutions",
            "Lava ignores them",
            "train convolutions without delay",
        )
    elif getattr(layer, "is_complex", False):
        yield (
            "delays of complex layers",
            "Lava ignores them",
            "train resonators without delay",
        )
    elif isinstance(layer, spec.Recurrent):
        yield (
            "delays of recurrent layers",
            "Lava delays the recurrent synapses, too, and forgets the exponent",
            "move the delay to the layer before or after",
        )
    if np.max(delay) > lava.MAX_DELAY:
        yield (
            "delays beyond 62",
            f"Lava clips a delay of {int(np.max(delay))} steps at {lava.MAX_DELAY}",
            "train with max_delay=62",
        )


def _of_bias(layer: spec.Layer) -> Iterator[Deviation]:
    bias = layer.bias if isinstance(layer, BiasedLayer) else None
    if bias is None or not np.any(bias):
        return
    neuron = getattr(layer, "neuron", None)
    if getattr(layer, "is_complex", False):
        yield (
            "bias of complex neurons",
            "Lava ignores it",
            "train resonators without norm",
        )
    if not isinstance(neuron, spec.Cuba):
        return
    if np.any(np.asarray(neuron.current_decay) != 4096):
        yield (
            "bias on the voltage",
            "Lava adds the bias to the voltage, the trainer to the current",
            "train without norm, or with current decay 1",
        )
    yield (
        "bias ahead of the input",
        "Lava's neurons add their bias one step before the first input reaches them",
        "train without norm, or let the first steps pass before reading out",
    )
    if np.any((bias < -BIAS_LIMIT) | (bias >= BIAS_LIMIT)):
        yield (
            "bias beyond 16 bits",
            f"Lava wraps a bias of {np.abs(bias).max()} to 16 bits",
            "train with smaller inputs or weights ahead of the norm",
        )


def _of_input(layer: spec.Layer) -> Iterator[Deviation]:
    """An image reaches Lava's spiking input neurons as their bias."""
    if not isinstance(layer, spec.Input) or not isinstance(layer.neuron, spec.Cuba):
        return
    neuron = layer.neuron
    if np.any(np.asarray(neuron.current_decay) != 4096):
        yield (
            "image on the voltage",
            "Lava adds the image to the voltage, the trainer to the current",
            "train the input layer with current decay 1",
        )
    if layer.delay_shift:
        yield (
            "early input layer",
            "Lava's input layer answers at once, the trainer's one step later",
            "train it with delay_shift=False, or count one step less",
        )


def _of_neuron(layer: spec.Layer) -> Iterator[Deviation]:
    neuron = getattr(layer, "neuron", None)
    if neuron is None:
        return
    if neuron.weight_exp is not None and np.any(neuron.weight_exp):
        yield (
            "weight exponent of the norm",
            "Lava ignores it",
            "train with a norm that has none",
        )
    if getattr(neuron, "graded_spike", False):
        yield (
            "graded spikes",
            "Lava sends 1 where the neuron fires",
            "train with graded_spike=False",
        )
    if isinstance(neuron, (spec.Adrf, spec.AdrfIz)):
        yield (
            "adaptation of resonators",
            "Lava leaves it out",
            "train RF or RF-IZ instead",
        )
    if isinstance(neuron, (spec.Rf, spec.RfIz, spec.Adrf, spec.AdrfIz)):
        yield from _of_decays(neuron)
    if isinstance(neuron, lava.SIGMA_DELTA):
        yield from _of_sigma_delta(layer, neuron)


def _of_decays(neuron: Any) -> Iterator[Deviation]:
    sine, cosine = lava.recomputed(neuron.sin_decay, neuron.cos_decay)
    if np.any(sine != neuron.sin_decay) or np.any(cosine != neuron.cos_decay):
        yield (
            "recomputed decays",
            "Lava computes sine and cosine of the decay anew and loses 1 of 4096",
            "choose a period and decay that survive, or train with margins",
        )


def _of_sigma_delta(layer: spec.Layer, neuron: Any) -> Iterator[Deviation]:
    if isinstance(layer, SynapseLayer):
        yield (
            "late and shortened messages",
            "Lava's sigma-delta layers answer one step later, and drop 6 bits of "
            "each message",
            "compare final values, within 1/64 for each change sent",
        )
    if getattr(layer, "weight_scale", SCALE) != SCALE:
        yield (
            "weight scale",
            f"Lava's sigma-delta units are made for a scale of {SCALE}",
            f"train with the neuron's scale at {SCALE}",
        )
    if getattr(neuron, "cum_error", False):
        yield ("cumulative error", "Lava ignores it", "train with cum_error=False")
    if getattr(neuron, "bias", None) is not None:
        yield ("bias in the neuron", "Lava ignores it", "train with a norm instead")
    activation = getattr(neuron, "activation", "relu")
    hidden = isinstance(layer, SynapseLayer) and not isinstance(neuron, spec.Sigma)
    if hidden and activation != "relu":
        yield ("activation", f"Lava rectifies, not {activation}", "train with relu")


def _of_readout(layer: spec.Layer) -> Iterator[Deviation]:
    if getattr(layer, "readout", "spike") != "spike":
        yield (
            "read-out",
            "Lava's neurons put out spikes, the trainer's read-out its state, which "
            "Lava keeps in the neuron's v",
            "read neuron.v of the last layer, or end with a layer that spikes",
        )


def _of_states(layer: spec.Layer, states: States) -> Iterator[Deviation]:
    if isinstance(getattr(layer, "neuron", None), lava.SIGMA_DELTA):
        return
    names = ("current", "voltage", "real", "imag")
    most = max([0.0, *(np.abs(states[n]).max(initial=0) for n in names if n in states)])
    if most >= STATE_LIMIT:
        yield (
            "states beyond 24 bits",
            f"Lava wraps currents and clips states at 2^23, here up to {most:.0f}",
            "train with smaller weights, or a faster decay",
        )


_CHECKS: tuple[Callable[[spec.Layer], Iterator[Deviation]], ...] = (
    _of_input,
    _of_readout,
    _of_weights,
    _of_delays,
    _of_bias,
    _of_neuron,
)
