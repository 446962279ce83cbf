"""Where lava-nc 0.10 departs from what a file means: each case once.

The profile ``lava`` reports them, netx names them when it verifies or builds a network,
and the normative text lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lava.lib.dl.spec import _lava_predicates as when
from lava.lib.dl.spec._problem import ERROR, WARNING
from lava.lib.dl.spec.layers import Layer

MISSING, IGNORES, CLIPS = "lava-kind", "lava-ignores", "lava-clips"


@dataclass(frozen=True)
class Deviation:
    """One thing that Lava does otherwise.

    Attributes:
        name: Its name.
        code: ``"lava-kind"`` where Lava can't run the layer, ``"lava-ignores"`` where
            it does something else, ``"lava-clips"`` where it changes a value.
        path: What causes it, an HDF5 path below the layer.
        applies: Whether a layer runs into it; a tuple goes into the text.
        text: What Lava does, a sentence that goes on after "Lava".
        mend: What to change in training.
    """

    name: str
    code: str
    path: str
    applies: Callable[[Any], Any] = field(repr=False, compare=False)
    text: str
    mend: str

    @property
    def severity(self) -> str:
        """``"error"`` where Lava can't run the layer, else ``"warning"``."""
        return ERROR if self.code == MISSING else WARNING

    def __str__(self) -> str:
        return f"{self.name}: Lava {self.text}; {self.mend}"


def deviations(layer: Layer) -> list[Deviation]:
    """The deviations of lava-nc 0.10 that a layer runs into.

    Where Lava can't run the layer at all, only the reasons for that are returned.
    """
    return [*_found(LACKS, layer)] or [*_found(CHANGES, layer)]


def missing(layer: Layer) -> Deviation | None:
    """The first reason for which Lava can't run a layer, or None."""
    return next(_found(LACKS, layer), None)


def _found(table: tuple[Deviation, ...], layer: Layer) -> Iterator[Deviation]:
    for each in table:
        if numbers := each.applies(layer):
            values = numbers if isinstance(numbers, tuple) else ()
            yield replace(each, text=each.text.format(*values, layer=layer))


_KIND = "train one that it has"
# fmt: off
LACKS: Final = (
    Deviation("layers without a process", MISSING, "type", when.foreign_layer,
              "has no {layer.type} layer",
              _KIND),
    Deviation("complex recurrent layers and convolutions", MISSING, "weight",
              when.foreign_complex,
              "has no {layer.type} layer onto complex neurons",
              _KIND),
    Deviation("neurons without a process", MISSING, "neuron/type", when.foreign_neuron,
              "has no {layer.neuron.type} neuron",
              _KIND),
    Deviation("running sums at the input", MISSING, "neuron/sigma_output",
              when.sum_at_input,
              "has no input layer of neurons that only sum",
              "leave the neuron out"),
    Deviation("bias of running sums", MISSING, "bias", when.sum_with_bias,
              "takes no bias on neurons that only sum",
              "leave it out"),
    Deviation("delays of unlike inputs and outputs", MISSING, "delay",
              when.unlike_delay,
              "delays recurrent layers only of as many inputs as outputs, not of "
              "unlike inputs and outputs",
              "move the delay to the layer before or after"),
)
"""Why Lava can't run a layer."""
CHANGES: Final = (
    Deviation("transform of the input", IGNORES, "weight", when.transform,
              "leaves weight and bias of the input to its caller",
              "scale and shift the data before they are sent"),
    Deviation("norm of the input", IGNORES, "norm_bias", when.input_norm,
              "leaves out the norm of input layers",
              "train the input layer without norm"),
    Deviation("image on the voltage", IGNORES, "neuron/iDecay", when.image_on_voltage,
              "adds the image to the voltage, the trainer to the current",
              "train the input layer with current decay 1"),
    Deviation("early input layer", IGNORES, "delay_shift", when.late_input,
              "answers at once, the trainer one step later",
              "train it with delay_shift=False, or count one step less"),
    Deviation("real input of resonators", IGNORES, "neuron/type", when.complex_input,
              "sends the input to both parts of the state, the trainer to the real one",
              "train without resonators at the input"),
    Deviation("no delay shift", IGNORES, "delay_shift", when.early_layer,
              "is one step later than this layer",
              "train with delay_shift=True"),
    Deviation("read-out", IGNORES, "readout", when.other_readout,
              "puts out spikes, the trainer the {layer.readout}, which Lava keeps "
              "inside",
              "read neuron.v of the last layer, or end with a layer that spikes"),
    Deviation("weights beyond 8 bits", CLIPS, "weight", when.wide_weights,
              "clips weights of {}..{} to -256..254, and loses them all where they "
              "have one sign",
              "train with a smaller weight_scale, so that they fit"),
    Deviation("weights of lost precision", CLIPS, "weight", when.cut_weights,
              "does not hold the weights of {}..{} exactly",
              "train with weights of both signs"),
    Deviation("sums beyond 24 bits", CLIPS, "weight", when.wide_sums,
              "wraps the sums of convolutions at 24 bits",
              "train with smaller weights"),
    Deviation("weight scale", IGNORES, "weight_scale", when.sigma_delta_scale,
              "makes sigma-delta neurons for a scale of 64, not {layer.weight_scale}",
              "train with the neuron's scale at 64"),
    Deviation("scale that is no power of two", IGNORES, "weight_scale",
              when.uneven_scale,
              "computes in integers what the trainer rounds at the scale "
              "{layer.weight_scale}",
              "train with a power of two as the neuron's scale"),
    Deviation("delays of convolutions", IGNORES, "delay", when.conv_delay,
              "ignores them",
              "train convolutions without delay"),
    Deviation("delays of complex layers", IGNORES, "delay", when.complex_delay,
              "ignores them",
              "train resonators without delay"),
    Deviation("delays of recurrent layers", IGNORES, "delay", when.recurrent_delay,
              "delays the recurrent synapses, too, and loses the weights' scale, so "
              "that they act too strong",
              "move the delay to the layer before or after"),
    Deviation("delays beyond 62", CLIPS, "delay", when.long_delay,
              "clips delays at 62 steps, here of up to {}",
              "train with a max_delay of 62"),
    Deviation("bias of complex neurons", IGNORES, "bias", when.complex_bias,
              "ignores it",
              "train resonators without norm"),
    Deviation("bias on the voltage", IGNORES, "bias", when.bias_on_voltage,
              "adds the bias to the voltage, the trainer to the current",
              "train without norm, or with current decay 1"),
    Deviation("bias ahead of the input", IGNORES, "bias", when.early_bias,
              "adds the bias one step before the first input reaches the neurons",
              "train without norm, or let the first steps pass before reading out"),
    Deviation("bias of too many bits", CLIPS, "bias", when.wide_bias,
              "wraps biases of {}..{} to {} bits",
              "train with smaller inputs or weights ahead of the norm"),
    Deviation("weight exponent of the norm", IGNORES, "neuron/weight_exp",
              when.norm_exponent,
              "ignores it",
              "train with a norm that has none"),
    Deviation("graded spikes", IGNORES, "neuron/gradedSpike", when.graded,
              "sends 1 where the neuron fires",
              "train with graded_spike=False"),
    Deviation("neurons that fire at rest", IGNORES, "neuron/vThMant", when.at_rest,
              "fires before the first input, and resets after each such spike",
              "train with a threshold above 0"),
    Deviation("threshold from 4096 on", IGNORES, "neuron/vThMant", when.level_rounds,
              "fires above the threshold, the trainer of a threshold that high at it, "
              "too",
              "train with a smaller weight_scale"),
    Deviation("threshold from 131072 on", CLIPS, "neuron/vThMant", when.out_of_reach,
              "never fires, for its states end below the threshold",
              "train with a smaller weight_scale"),
    Deviation("adaptation of resonators", IGNORES, "neuron/vThStep", when.adaptive,
              "leaves it out",
              "train RF or RF-IZ instead"),
    Deviation("recomputed decays", CLIPS, "neuron/sinDecay", when.lost_decay,
              "computes sine and cosine of the decay anew and loses 1 of 4096",
              "choose a period and decay that survive, or train with margins"),
    Deviation("late and shortened messages", IGNORES, "neuron", when.late_message,
              "answers one step later, and drops 6 bits of each message",
              "compare final values, within 1/64 for each change sent"),
    Deviation("cumulative error", IGNORES, "neuron", when.cumulative,
              "compares the change, not the accumulated one",
              "train with cum_error=False"),
    Deviation("bias in the neuron", IGNORES, "neuron/bias", when.own_bias,
              "ignores it",
              "train with a norm instead"),
    Deviation("activation", IGNORES, "neuron/activation", when.other_activation,
              "rectifies, whatever the activation, here {}",
              "train with relu"),
)
# fmt: on
"""What Lava computes otherwise."""
DEVIATIONS: Final = (*LACKS, *CHANGES)
