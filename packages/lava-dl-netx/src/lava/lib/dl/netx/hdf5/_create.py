"""From a layer's record to the block of Lava processes that runs it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx.blocks import process as blocks
from lava.lib.dl.netx.hdf5._neuron import (
    neuron_of,
    neuron_params,
    unsupported,
    warn_ignored,
)
from lava.lib.dl.netx.hdf5._rows import row
from lava.lib.dl.netx.utils import MAX_DELAY, NetDict, optimize_weight_bits

Block = blocks.AbstractBlock
Config = NetDict | spec.Layer
Options = dict[str, Any]
"""``reset_interval``, ``reset_offset`` and ``spike_exp`` of the neurons."""

INPUT_WEIGHT, INPUT_BIAS = 64, 0


def layer_of(config: Config) -> Any:
    """The layer's record, from the file if need be."""
    return config if isinstance(config, spec.Layer) else spec.read_layer(config.f)


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
    return block, row("Input", block.shape)


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
    return block, row("Dense", block.shape, delay=layer.delay is not None)


def _bias(layer: spec.Dense | spec.Conv) -> npt.NDArray[np.int32] | None:
    if layer.bias is not None and isinstance(layer.neuron, spec.Sigma):
        raise unsupported("a bias on neurons that only sum up")
    if not layer.is_complex:
        return layer.bias
    if layer.bias is not None or layer.bias_imag is not None:
        warn_ignored("the bias of complex neurons")
    return None


def _dense_synapses(layer: spec.Dense) -> dict[str, Any]:
    weight, bits, exponent, _ = optimize_weight_bits(layer.weight)
    return {
        "weight": weight,
        "num_weight_bits": bits,
        "weight_exponent": exponent,
        "delay": clamped(layer.delay),
    }


def _recurrent_synapses(layer: spec.Recurrent) -> dict[str, Any]:
    """Both matrices share one shift; with a delay upstream forgets to undo it."""
    both = np.concatenate([layer.weight, layer.weight_rec], axis=1)
    both, bits, exponent, _ = optimize_weight_bits(both)
    inputs = layer.in_features
    synapses = {
        "weight": both[:, :inputs],
        "weight_rec": both[:, inputs:],
        "num_weight_bits": bits,
    }
    if layer.delay is None:
        return {**synapses, "weight_exponent": exponent}
    if inputs != layer.out_features:
        raise unsupported("a delay on recurrent synapses of unlike inputs and outputs")
    warnings.warn(
        "with a delay, Lava networks of this format also delay the recurrent synapses, "
        f"and their weights act 2^{-exponent} too strong; lava.lib.dl.netx.load runs "
        "the layer as trained",
        UserWarning,
        stacklevel=4,
    )
    return {**synapses, "delay": clamped(layer.delay)}


def _complex_synapses(layer: spec.Dense) -> dict[str, Any]:
    if isinstance(layer, spec.Recurrent):
        raise unsupported("recurrent synapses of complex neurons")
    if layer.delay is not None and layer.delay.any():
        warn_ignored("the delay of complex synapses")
    synapses: dict[str, Any] = {}
    for part, weight in ("real", layer.weight), ("imag", layer.weight_imag):
        assert weight is not None  # The layer is complex.
        shifted, bits, exponent, _ = optimize_weight_bits(weight)
        synapses[f"weight_{part}"] = shifted
        synapses[f"num_weight_bits_{part}"] = bits
        synapses[f"weight_exponent_{part}"] = exponent
    return synapses


def clamped(delay: npt.NDArray[np.int32] | None) -> npt.NDArray[np.int32] | None:
    """Delays within what a synapse holds; says so when some were not."""
    if delay is None or delay.max() <= MAX_DELAY:
        return delay
    warnings.warn(
        f"Found max delay of {delay.max()}. Clamping the delays.",
        UserWarning,
        stacklevel=4,
    )
    return np.clip(delay, 0, MAX_DELAY)


def create_conv(
    layer: spec.Conv,
    input_shape: tuple[int, ...] | None,
    message_bits: int,
    options: Options,
) -> tuple[Block, str]:
    """Convolution with its neurons, and its row of the table."""
    if layer.is_complex:
        raise unsupported("convolution onto complex neurons")
    if layer.delay is not None and layer.delay.any():
        warn_ignored("the delay of a convolution")
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
    table = {**sizes, "kernel": layer.kernel_size[::-1], "groups": layer.groups}
    return block, row("Conv", block.shape, delay=layer.delay is not None, **table)


def _conv_bias(layer: spec.Conv) -> npt.NDArray[np.int32] | None:
    bias = _bias(layer)
    whole = layer.shape[::-1]
    if bias is not None and bias.ndim == 1 and bias.size == np.prod(whole):
        return bias.reshape(whole)
    return bias
