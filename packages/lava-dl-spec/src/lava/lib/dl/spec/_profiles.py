"""What a target can't run, would ignore, or would clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from lava.lib.dl.spec import layers as kinds
from lava.lib.dl.spec import neurons
from lava.lib.dl.spec._codec import IntArray
from lava.lib.dl.spec._problem import ERROR, WARNING, Problem, problem
from lava.lib.dl.spec.network import Network

__all__ = ["PROFILES", "remarks"]

LAVA_LAYERS = (kinds.Input, kinds.Dense, kinds.Conv, kinds.Flatten)
LAVA_NEURONS = (neurons.Cuba, neurons.Resonator, neurons.SigmaDelta, neurons.Sigma)
MAX_DELAY = 62
NEVER = 2**18 - 1
"""The threshold that says 'no spikes' is no loss."""

# Published for Loihi 2: Intel's technology brief and the public documentation of Lava.
NEURONS_PER_CORE = 8192
CORES_PER_CHIP = 128
FAN_IN_PER_CORE = 4096
WEIGHTS = {
    "weight": "weight",
    "weight_imag": "weight/imag",
    "weight_rec": "weight_rec",
    "weight_rec_imag": "weight_rec/imag",
}
WEIGHT_RANGE = (-256, 255)
BIAS_BITS = 13
STATE_BITS = 24


def remarks(network: Network) -> Iterator[Problem]:
    """What a legal file says that no arithmetic of the format keeps."""
    for index, layer in enumerate(network.layers):
        delay = getattr(getattr(layer, "neuron", None), "refractory_delay", 1)
        if delay != 1:
            yield problem(
                "refractory",
                f"/layer/{index}/neuron/refDelay",
                f"refDelay {delay} has no effect; write 1",
                WARNING,
            )


def lava(network: Network) -> Iterator[Problem]:
    """What lava-nc 0.10 can't run, ignores or clips."""
    for index, layer in enumerate(network.layers):
        for found in _lava_layer(layer):
            yield found.under(f"/layer/{index}")


def _lava_layer(layer: kinds.Layer) -> Iterator[Problem]:
    no_process = isinstance(layer, (kinds.Kwta, kinds.ConvTranspose))
    if no_process or not isinstance(layer, LAVA_LAYERS):
        yield problem("lava-kind", "type", f"Lava has no process for {layer.type!r}")
        return
    if isinstance(layer, kinds.Recurrent) and layer.is_complex:
        yield problem("lava-kind", "weight", "Lava's recurrent layers are real")
    if isinstance(layer, kinds.NeuronLayer):
        yield from _lava_neuron(layer)
    if isinstance(layer, kinds.SynapseLayer):
        yield from _lava_weights(layer)
        yield from _lava_delay(layer)
    if isinstance(layer, kinds.BiasedLayer):
        yield from _lava_bias(layer)


def _lava_neuron(layer: kinds.NeuronLayer) -> Iterator[Problem]:
    neuron = layer.neuron
    if neuron is not None and not isinstance(neuron, LAVA_NEURONS):
        yield problem(
            "lava-kind", "neuron/type", f"Lava has no process for {neuron.type!r}"
        )
    if isinstance(neuron, neurons.AdaptiveResonator):
        yield ignored("neuron/vThStep", "runs without adaptation, as a plain resonator")
    if getattr(neuron, "graded_spike", False):
        yield ignored("neuron/gradedSpike", "sends 1 in place of graded spikes")
    if neuron is not None and neuron.weight_exp is not None:
        yield ignored("neuron/weight_exp", "does not scale by 2^-weight_exp")
    if isinstance(neuron, neurons.SigmaDelta):
        yield from _lava_sigma_delta(neuron)
    if isinstance(neuron, neurons.Cuba) and 2**17 <= neuron.threshold < NEVER:
        yield clips("neuron/vThMant", "never fires at thresholds above 131071")
    if isinstance(layer, kinds.Input):
        yield from _lava_input(layer)
    elif layer.readout != "spike":
        yield ignored("readout", f"puts out spikes, not the {layer.readout}")
    elif not layer.delay_shift:
        yield ignored("delay_shift", "is one step later than this layer says")


def _lava_sigma_delta(neuron: neurons.SigmaDelta) -> Iterator[Problem]:
    if neuron.activation != "relu":
        yield ignored("neuron/activation", "rectifies, whatever the activation")
    if neuron.bias is not None:
        yield ignored("neuron/bias", "leaves out the neurons' own bias")
    if neuron.cum_error:
        yield ignored("neuron", "compares the change, not the accumulated one")


def _lava_input(layer: kinds.Input) -> Iterator[Problem]:
    if layer.neuron is not None and (layer.weight, layer.bias) != (None, None):
        yield ignored("weight", "leaves weight and bias of the input to its caller")
    if any(bias is not None for bias in layer.norm_biases):
        yield ignored("norm_bias", "leaves out the norm of input layers")
    if layer.delay_shift:
        yield ignored("delay_shift", "puts out inputs without a step's delay")


def ignored(path: str, what: str) -> Problem:
    """A warning that Lava silently does something else."""
    return problem("lava-ignores", path, f"Lava {what}", WARNING)


def _lava_weights(layer: kinds.SynapseLayer) -> Iterator[Problem]:
    if not isinstance(layer, kinds.Dense):
        return
    for name in ("weight", "weight_imag"):
        weight = getattr(layer, name)
        if weight is not None:
            yield from _lava_matrix(weight, name.replace("_", "/"))


def _lava_matrix(weight: IntArray, path: str) -> Iterator[Problem]:
    low, high = int(weight.min()), int(weight.max())
    if low == high == 0:
        yield problem(
            "lava-kind", path, "Lava can't build a matrix of zeros; leave the layer out"
        )
    elif (high > 254 and low < 0) or (low < -256 and high > 0):
        yield clips(path, f"clips weights of {low}..{high} to -256..254")
    elif high > 255 or low < -256:
        yield clips(
            path, f"makes all weights of {low}..{high} zero; keep them in range"
        )
    elif high < 0 and low & -low == -low:
        yield clips(path, f"does not keep the weight {low} exactly")


def clips(path: str, what: str) -> Problem:
    """A warning that Lava changes a value."""
    return problem("lava-clips", path, f"Lava {what}", WARNING)


def _lava_delay(layer: kinds.SynapseLayer) -> Iterator[Problem]:
    if layer.delay is None:
        return
    if isinstance(layer, kinds.Conv) or layer.is_complex:
        yield ignored("delay", "ignores the delays of this layer")
    elif layer.delay.max() > MAX_DELAY:
        yield clips(
            "delay", f"clips delays to {MAX_DELAY}, longest is {layer.delay.max()}"
        )
    if isinstance(layer, kinds.Recurrent):
        if layer.in_features != layer.out_features:
            why = "Lava delays recurrent layers only where they have as many inputs"
            yield problem("lava-kind", "delay", f"{why} as outputs")
        yield ignored("delay", "delays the feedback, too, and loses the weights' scale")


def _lava_bias(layer: kinds.BiasedLayer) -> Iterator[Problem]:
    if layer.bias is None and layer.bias_imag is None:
        return
    if layer.is_complex:
        yield ignored("bias", "ignores the bias of complex layers")
    elif isinstance(layer.neuron, neurons.Sigma):
        yield problem("lava-kind", "bias", "Lava's Sigma takes no bias; leave it out")
    elif isinstance(layer.neuron, neurons.Cuba):
        if np.min(layer.neuron.current_decay) < 4096:
            yield ignored("bias", "adds the bias to the voltage, not to the current")
        if abs(layer.bias).max() > 2**15 - 1:  # type: ignore[arg-type]
            yield clips("bias", "wraps biases at 16 bits")


def loihi2(network: Network) -> Iterator[Problem]:
    """What exceeds the published limits of Loihi 2."""
    cores = 0
    for index, layer in enumerate(network.layers):
        for found in _chip_layer(layer):
            yield found.under(f"/layer/{index}")
        if isinstance(layer, kinds.NeuronLayer):
            cores += math.ceil(math.prod(layer.shape) / NEURONS_PER_CORE)
    if cores > CORES_PER_CHIP:
        yield chip(
            "/layer", f"{cores} cores at least; a chip has {CORES_PER_CHIP}", WARNING
        )


def chip(path: str, message: str, severity: str = ERROR) -> Problem:
    """A value beyond the chip's limits."""
    return problem("loihi2-limit", path, message, severity)


def _chip_layer(layer: kinds.Layer) -> Iterator[Problem]:
    if isinstance(layer, kinds.SynapseLayer):
        yield from _chip_synapses(layer)
    for name in ("bias", "bias_imag"):
        bias = getattr(layer, name, None)
        if bias is not None and np.max(np.abs(bias)) >= 2 ** (BIAS_BITS - 1):
            yield chip(name, f"biases must fit {BIAS_BITS} bits with sign")
    threshold = getattr(getattr(layer, "neuron", None), "threshold", None)
    if threshold is not None and np.max(threshold) * 64 >= 2 ** (STATE_BITS - 1):
        yield chip(
            "neuron/vThMant", f"never reached by a {STATE_BITS}-bit state", WARNING
        )


def _chip_synapses(layer: kinds.SynapseLayer) -> Iterator[Problem]:
    low, high = WEIGHT_RANGE
    for path, weight in _weights_of(layer):
        if weight is not None and (np.min(weight) < low or np.max(weight) > high):
            yield chip(path, f"weights must be in {low}..{high} (8 bits and a sign)")
    if layer.delay is not None and layer.delay.max() > MAX_DELAY:
        yield chip("delay", f"delays must be at most {MAX_DELAY} steps")
    inputs = fan_in(layer)
    if inputs > FAN_IN_PER_CORE:
        yield chip(
            "weight",
            f"{inputs} inputs per neuron; a core has {FAN_IN_PER_CORE} input axons",
            WARNING,
        )


def _weights_of(layer: kinds.SynapseLayer) -> Iterator[tuple[str, IntArray | None]]:
    """Path and values of all weights; lateral ones as the two numbers they are."""
    lateral = isinstance(layer, kinds.Kwta)
    for name, path in WEIGHTS.items():
        if not (lateral and name == "weight_rec"):
            yield path, getattr(layer, name, None)
    if isinstance(layer, kinds.Kwta):
        yield "selfExcitation", np.array([layer.self_excitation])
        yield "inhibition", np.array([layer.inhibition])


def fan_in(layer: kinds.SynapseLayer) -> int:
    """The largest number of synapses that end in one neuron."""
    if isinstance(layer, (kinds.ConvTranspose, kinds.Unpool)):
        sizes = zip(layer.kernel_size, layer.stride, strict=True)
        groups = getattr(layer, "groups", 1)
        sources = int(layer.weight.shape[0]) // int(groups)
        return sources * math.prod(math.ceil(size / step) for size, step in sizes)
    back = layer.shape[0] if isinstance(layer, (kinds.Recurrent, kinds.Kwta)) else 0
    return int(layer.weight[0].size) + back


PROFILES: Final[dict[str, Callable[[Network], Iterator[Problem]]]] = {
    "format": lambda network: iter(()),
    "lava": lava,
    "loihi2": loihi2,
}
