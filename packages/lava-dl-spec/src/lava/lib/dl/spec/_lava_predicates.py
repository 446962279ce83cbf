"""Which layers run into a deviation of Lava, told from their records.

A predicate returns something true where it holds; a tuple goes into the sentence.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec import neurons
from lava.lib.dl.spec.lava import (
    MAX_DELAY,
    SIGMA_DELTA,
    STATE_LIMIT,
    WEIGHT_RANGE,
    prepare,
    recomputed,
)

LAYERS: Final = (
    *(kinds.Input, kinds.Dense, kinds.Recurrent, kinds.Conv, kinds.Flatten),
    *(kinds.Concat, kinds.Add),
)
RESONATORS: Final = (neurons.Rf, neurons.RfIz, neurons.Adrf, neurons.AdrfIz)
RESETTING: Final = (neurons.RfIz, neurons.AdrfIz)
NEURONS: Final = (neurons.Cuba, *RESONATORS, *SIGMA_DELTA)
SCALE: Final = 64
"""Of weights, the only one that Lava's sigma-delta neurons are made for."""


def _neuron(layer: kinds.Layer, *types: type[neurons.Neuron]) -> Any:
    """The layer's neuron where it is of one of these types, else None."""
    neuron = getattr(layer, "neuron", None)
    return neuron if isinstance(neuron, types or neurons.Neuron) else None


def _hidden(layer: kinds.Layer, *types: type[neurons.Neuron]) -> Any:
    """The same of a layer with synapses, which inputs lack."""
    return _neuron(layer, *types) if isinstance(layer, kinds.SynapseLayer) else None


def _encoder(layer: kinds.Layer, *types: type[neurons.Neuron]) -> Any:
    """The same of an input layer."""
    return _neuron(layer, *types) if isinstance(layer, kinds.Input) else None


def _firing(layer: kinds.Layer) -> Any:
    """The neuron of a layer whose spikes are read, if it has a threshold for them."""
    neuron = _neuron(layer, neurons.Cuba, *RESONATORS)
    return neuron if getattr(layer, "readout", "") == "spike" else None


def _has(owner: Any, *names: str) -> bool:
    """Whether one of these values is there and not zero."""
    return any(np.any(getattr(owner, name, None)) for name in names)


def _is_complex(layer: kinds.Layer) -> bool:
    return bool(getattr(layer, "is_complex", False))


def foreign_layer(layer: kinds.Layer) -> bool:
    """Kinds made from another one are foreign, too."""
    return type(layer) not in LAYERS


def foreign_complex(layer: kinds.Layer) -> bool:
    """Lava's complex layers are plain dense ones."""
    return isinstance(layer, (kinds.Conv, kinds.Recurrent)) and _is_complex(layer)


def foreign_neuron(layer: kinds.Layer) -> bool:
    """Kinds made from another one are foreign, too."""
    neuron = _neuron(layer)
    return neuron is not None and type(neuron) not in NEURONS


def sum_at_input(layer: kinds.Layer) -> bool:
    """A running sum has no threshold to encode with."""
    return _encoder(layer, neurons.Sigma) is not None


def sum_with_bias(layer: kinds.Layer) -> bool:
    """Lava's ``Sigma`` takes no bias, not even zeros."""
    return bool(
        _neuron(layer, neurons.Sigma) and getattr(layer, "bias", None) is not None
    )


def unlike_delay(layer: kinds.Layer) -> bool:
    """One delay array serves the forward and the recurrent synapses."""
    if not isinstance(layer, kinds.Recurrent) or layer.delay is None:
        return False
    return layer.in_features != layer.out_features


def transform(layer: kinds.Layer) -> bool:
    """Scale and shift of the data."""
    return isinstance(layer, kinds.Input) and (layer.weight, layer.bias) != (None, None)


def input_norm(layer: kinds.Layer) -> bool:
    """A bias that the norm of an input layer adds."""
    return isinstance(layer, kinds.Input) and _has(layer, "norm_bias", "norm_bias_imag")


def _current_lasts(neuron: Any) -> bool:
    return neuron is not None and bool(np.any(np.not_equal(neuron.current_decay, 4096)))


def image_on_voltage(layer: kinds.Layer) -> bool:
    """An image reaches Lava's spiking input neurons as their bias."""
    return _current_lasts(_encoder(layer, neurons.Cuba))


def late_input(layer: kinds.Layer) -> bool:
    """Input layers add no step on Lava."""
    return _encoder(layer) is not None and layer.delay_shift  # type: ignore[attr-defined]


def complex_input(layer: kinds.Layer) -> bool:
    """Resonators have two inputs."""
    return _encoder(layer, *RESONATORS) is not None


def early_layer(layer: kinds.Layer) -> bool:
    """A layer of spikes without the step that Lava's synapses take."""
    neuron = _firing(layer)
    return bool(neuron and _hidden(layer) and not layer.delay_shift)  # type: ignore[attr-defined]


def other_readout(layer: kinds.Layer) -> bool:
    """Of layers that become neurons on Lava."""
    built = isinstance(layer, kinds.SynapseLayer) or _neuron(layer) is not None
    return built and getattr(layer, "readout", "spike") != "spike"


def _matrices(layer: kinds.Layer) -> list[list[Any]]:
    """Matrices that share one shift: forward and recurrent, not the imaginary."""
    if not isinstance(layer, kinds.Dense):
        return []
    groups = [[layer.weight]]
    if isinstance(layer, kinds.Recurrent):
        groups[0].append(layer.weight_rec)
    return groups if layer.weight_imag is None else [*groups, [layer.weight_imag]]


def _span(arrays: list[Any]) -> tuple[int, int]:
    return int(min(a.min() for a in arrays)), int(max(a.max() for a in arrays))


def _is_wide(matrices: list[Any]) -> bool:
    low, high = _span(matrices)
    return low < WEIGHT_RANGE[0] or high > WEIGHT_RANGE[1] + (low >= 0)


def _is_cut(matrices: list[Any]) -> bool:
    held, up = prepare(*matrices)
    return any(np.any(h != w << up) for h, w in zip(held, matrices, strict=True))


def wide_weights(layer: kinds.Layer) -> Any:
    """Weights of more than 8 bits and a sign."""
    return next((_span(m) for m in _matrices(layer) if _is_wide(m)), False)


def cut_weights(layer: kinds.Layer) -> Any:
    """Weights whose lowest bits are lost."""
    groups = (m for m in _matrices(layer) if not _is_wide(m))
    return next((_span(m) for m in groups if _is_cut(m)), False)


def wide_sums(layer: kinds.Layer) -> bool:
    """Convolutions take weights of any size."""
    if not isinstance(layer, kinds.Conv):
        return False
    each = np.abs(layer.weight.astype(np.int64)).reshape(len(layer.weight), -1)
    return bool(each.sum(1).max() >= STATE_LIMIT)


def sigma_delta_scale(layer: kinds.Layer) -> bool:
    """Messages count in 1/4096 whatever the scale."""
    neuron = _neuron(layer, *SIGMA_DELTA)
    return neuron is not None and layer.weight_scale != SCALE  # type: ignore[attr-defined]


def uneven_scale(layer: kinds.Layer) -> bool:
    """Quotients by the scale are not exact."""
    scale = getattr(layer, "weight_scale", SCALE)
    return bool(_neuron(layer, neurons.Cuba, *RESONATORS) and scale & (scale - 1))


def conv_delay(layer: kinds.Layer) -> bool:
    """Delays of a convolution."""
    return isinstance(layer, kinds.Conv) and _has(layer, "delay")


def complex_delay(layer: kinds.Layer) -> bool:
    """Delays of complex synapses."""
    return _is_complex(layer) and _has(layer, "delay")


def recurrent_delay(layer: kinds.Layer) -> bool:
    """Delays of zero, too, lose the shift of the weights."""
    if not isinstance(layer, kinds.Recurrent) or layer.delay is None:
        return False
    return bool(layer.delay.any() or prepare(layer.weight, layer.weight_rec)[1])


def long_delay(layer: kinds.Layer) -> Any:
    """Delays of layers that have them on Lava."""
    delay = getattr(layer, "delay", None)
    if delay is None or isinstance(layer, kinds.Conv) or _is_complex(layer):
        return False
    return (int(delay.max()),) if delay.max() > MAX_DELAY else False


def complex_bias(layer: kinds.Layer) -> bool:
    """The bias of resonators."""
    return _is_complex(layer) and _has(layer, "bias", "bias_imag")


def early_bias(layer: kinds.Layer) -> bool:
    """Lava's neurons run while their synapses still wait for the first input."""
    return _hidden(layer, neurons.Cuba) is not None and _has(layer, "bias")


def bias_on_voltage(layer: kinds.Layer) -> bool:
    """Where the current lasts it makes a difference which state takes the bias."""
    return early_bias(layer) and _current_lasts(layer.neuron)  # type: ignore[attr-defined]


def wide_bias(layer: kinds.Layer) -> Any:
    """The mantissa of ``LIF`` has 16 bits, 32-bit states of sigma-delta leave 20."""
    if not _hidden(layer, neurons.Cuba, neurons.SigmaDelta) or not _has(layer, "bias"):
        return False
    bits = 16 if early_bias(layer) else 20
    low, high = _span([layer.bias])  # type: ignore[attr-defined]
    most = 2 ** (bits - 1)
    return (low, high, bits) if low < -most or high >= most else False


def norm_exponent(layer: kinds.Layer) -> bool:
    """Of neurons whose norm has one: encoders and running sums have no norm."""
    if _encoder(layer, neurons.SigmaDelta) or _neuron(layer, neurons.Sigma):
        return False
    return _has(_neuron(layer), "weight_exp", "weight_exp_imag")


def graded(layer: kinds.Layer) -> bool:
    """Spikes that carry the state."""
    return _has(_neuron(layer), "graded_spike")


def at_rest(layer: kinds.Layer) -> bool:
    """The state of rest is above the threshold."""
    neuron = _firing(layer)
    if isinstance(neuron, RESETTING):
        return neuron.threshold <= 0
    return isinstance(neuron, neurons.Cuba) and neuron.threshold < 0


def level_rounds(layer: kinds.Layer) -> bool:
    """No 32-bit float lies between this threshold and the trainer's level above it."""
    neuron = _firing(layer)
    if not isinstance(neuron, neurons.Cuba) or at_rest(layer) or out_of_reach(layer):
        return False
    return bool(np.float32(neuron.threshold * 64 + 0.01) == neuron.threshold * 64)


def out_of_reach(layer: kinds.Layer) -> bool:
    """States stay below the threshold."""
    return getattr(_firing(layer), "threshold", 0) * 64 >= STATE_LIMIT


def adaptive(layer: kinds.Layer) -> bool:
    """Resonators with a threshold of their own."""
    return _neuron(layer, neurons.AdaptiveResonator) is not None


def lost_decay(layer: kinds.Layer) -> bool:
    """Decays that do not come back from period and decay."""
    neuron = _neuron(layer, *RESONATORS)
    if neuron is None:
        return False
    sine, cosine = recomputed(neuron.sin_decay, neuron.cos_decay)
    return bool(np.any(sine != neuron.sin_decay) or np.any(cosine != neuron.cos_decay))


def late_message(layer: kinds.Layer) -> bool:
    """Sigma-delta layers other than the input."""
    return _hidden(layer, *SIGMA_DELTA) is not None


def cumulative(layer: kinds.Layer) -> bool:
    """A threshold on the accumulated change."""
    return _has(_neuron(layer), "cum_error")


def own_bias(layer: kinds.Layer) -> bool:
    """A bias in the neuron record, beside that of the layer."""
    return _has(_hidden(layer, neurons.SigmaDelta), "bias")


def other_activation(layer: kinds.Layer) -> Any:
    """Anything but a rectifier."""
    neuron = _hidden(layer, neurons.SigmaDelta)
    activation = "relu" if neuron is None else neuron.activation
    return (activation,) if activation != "relu" else False
