"""From a layer's record to the block of Lava processes that runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._table import row
from lava.lib.dl.netx.blocks import process as blocks
from lava.lib.dl.netx.hdf5._neuron import neuron_of, neuron_params
from lava.lib.dl.netx.utils import NetDict
from lava.lib.dl.spec.lava import MAX_DELAY, squeeze
from lava.lib.dl.spec.layers import JoiningLayer

Block = blocks.AbstractBlock | blocks.AbstractJoin
Config = NetDict | spec.Layer
Options = dict[str, Any]
"""``reset_interval``, ``reset_offset`` and ``spike_exp`` of the neurons."""

INPUT_WEIGHT, INPUT_BIAS = 64, 0


def layer_of(config: Config) -> Any:
    """The layer's record, from the file if need be; refused if Lava can't run it."""
    layer = config if isinstance(config, spec.Layer) else spec.read_layer(config.f)
    if why := spec.missing(layer):
        raise NotImplementedError(f"{why}; lava.lib.dl.netx.load runs it")
    return layer


def params_of(layer: Any, options: Options) -> dict[str, Any]:
    """The ``neuron_params`` of a layer's block."""
    is_input = isinstance(layer, spec.Input)
    return neuron_params(neuron_of(layer.neuron), is_input, **options)


def create_input(layer: spec.Input, options: Options) -> tuple[Block, str]:
    """The neurons that encode the input, and their row of the table."""
    kind = blocks.Input
    if layer.neuron is not None and layer.neuron.is_complex:
        kind = blocks.ComplexInput
    weight = INPUT_WEIGHT if layer.weight is None else layer.weight
    bias = INPUT_BIAS if layer.bias is None else layer.bias
    block = kind(
        shape=layer.shape[::-1],
        neuron_params=params_of(layer, options),
        transform={"weight": weight, "bias": bias},
    )
    return block, row(layer)


def create_dense(
    layer: spec.Dense, message_bits: int, sparse: bool, options: Options
) -> tuple[Block, str]:
    """Dense, recurrent or complex synapses with their neurons, and their row."""
    if layer.is_complex:
        kind, synapses = blocks.ComplexDense, _complex_synapses(layer)
    elif isinstance(layer, spec.Recurrent):
        kind, synapses = blocks.RecurrentDense, _recurrent_synapses(layer)
    else:
        kind, synapses = blocks.Dense, _dense_synapses(layer)
    block = kind(
        shape=layer.shape,
        neuron_params=params_of(layer, options),
        bias=_bias(layer),
        input_message_bits=message_bits,
        sparse_synapse=sparse,
        **synapses,
    )
    return block, row(layer)


def _bias(layer: spec.Dense | spec.Conv) -> npt.NDArray[np.int32] | None:
    return None if layer.is_complex else layer.bias


def _dense_synapses(layer: spec.Dense) -> dict[str, Any]:
    weight, up, bits = squeeze(layer.weight)
    return {
        "weight": weight,
        "num_weight_bits": bits,
        "weight_exponent": -up,
        "delay": _delay(layer),
    }


def _recurrent_synapses(layer: spec.Recurrent) -> dict[str, Any]:
    """Both matrices share one shift; with a delay upstream forgets to undo it."""
    both = np.concatenate([layer.weight, layer.weight_rec], axis=1)
    both, up, bits = squeeze(both)
    inputs = layer.in_features
    synapses = {
        "weight": both[:, :inputs],
        "weight_rec": both[:, inputs:],
        "num_weight_bits": bits,
    }
    if layer.delay is None:
        return {**synapses, "weight_exponent": -up}
    return {**synapses, "delay": _delay(layer)}


def _complex_synapses(layer: spec.Dense) -> dict[str, Any]:
    synapses: dict[str, Any] = {}
    for part, weight in ("real", layer.weight), ("imag", layer.weight_imag):
        assert weight is not None  # The layer is complex.
        shifted, up, bits = squeeze(weight)
        synapses[f"weight_{part}"] = shifted
        synapses[f"num_weight_bits_{part}"] = bits
        synapses[f"weight_exponent_{part}"] = -up
    return synapses


def _delay(layer: spec.Dense) -> npt.NDArray[np.int32] | None:
    """Delays within what a synapse holds."""
    return None if layer.delay is None else np.minimum(layer.delay, MAX_DELAY)


def create_conv(
    layer: spec.Conv,
    input_shape: tuple[int, ...] | None,
    message_bits: int,
    options: Options,
) -> tuple[Block, str]:
    """Convolution with its neurons, and its row of the table."""
    if input_shape is None:
        raise RuntimeError(
            "Input shape could not be inferred. Try explicitly specifying input_shape "
            "in hdf5.Network(...) in (x, y, f) order."
        )
    # Lava convolves truly, the file's kernels correlate: flipped twice is as trained.
    kernel = layer.weight[:, :, ::-1, ::-1].transpose(0, 3, 2, 1)
    sizes = {k: getattr(layer, k)[::-1] for k in ("stride", "padding", "dilation")}
    block = blocks.Conv(
        shape=layer.shape[::-1],
        input_shape=tuple(input_shape),
        neuron_params=params_of(layer, options),
        weight=kernel,
        bias=_conv_bias(layer),
        groups=layer.groups,
        input_message_bits=message_bits,
        **sizes,
    )
    return block, row(layer)


def _conv_bias(layer: spec.Conv) -> npt.NDArray[np.int32] | None:
    bias = _bias(layer)
    whole = layer.shape[::-1]
    if bias is not None and bias.ndim == 1 and bias.size == np.prod(whole):
        return bias.reshape(whole)
    return bias


def create_join(
    layer: JoiningLayer, shapes: Sequence[tuple[int, ...]], bits: Sequence[int]
) -> tuple[Block, str]:
    """Sum or row of outputs, and its row of the table.

    Args:
        layer: What joins them.
        shapes: Their shapes in Lava's order.
        bits: Of their messages, 0 for spikes.
    """
    if isinstance(layer, spec.Add):
        # A sum is a value, of spikes, too, and of n sources up to n times as large.
        most = max(*bits, 1) + (len(bits) - 1).bit_length()
        return blocks.Add(input_shapes=shapes, num_message_bits=most), row(layer)
    return blocks.Concat(input_shapes=shapes, num_message_bits=max(bits)), row(layer)
