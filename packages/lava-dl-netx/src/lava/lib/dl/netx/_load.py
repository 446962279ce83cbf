"""From a file to a network that runs."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx._deviations import warn
from lava.lib.dl.netx._native import custom, lava, trained
from lava.lib.dl.netx._native.layer import Layer
from lava.lib.dl.netx._native.order import Fit, Shape, channels_last, flat_order
from lava.lib.dl.netx._native.passive import Part, Passive
from lava.lib.dl.netx._native.runtime import Runtime
from lava.lib.dl.netx._need import MAX_BYTES, check_need
from lava.lib.dl.netx._options import MissingOptionError
from lava.lib.dl.spec.layers import KernelLayer, NeuronLayer

ARITHMETICS = ("trained", "lava")
OUTSIDE = ("network", "threads", "max_bytes")
"""Arguments of `load` that don't change what a network computes."""
_INT32 = 2**31 - 1
LIMITS = {
    "num_layers": (-_INT32, _INT32),
    "skip_layers": (-_INT32, _INT32),
    "input_message_bits": (0, 32),
    "reset_interval": (1, _INT32),
    "reset_offset": (-_INT32, _INT32),
    "spike_exp": (0, 25),  # with the state's 6 bits a shift within 32 bits
}
"""Smallest and largest value of whole options."""


def load(
    network: str | os.PathLike[str] | spec.Network | Any,
    *,
    arithmetic: str = "trained",
    num_layers: int | None = None,
    skip_layers: int = 0,
    input_message_bits: int = 0,
    input_shape: tuple[int, ...] | None = None,
    reset_interval: int | None = None,
    reset_offset: int = 0,
    spike_exp: int = 6,
    delay_shift: bool | None = None,
    sparse_fc_layer: bool = False,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> Runtime:
    """Load a network into the native runtime.

    Args:
        network: Path of a ``.net`` file, an open h5py file, or a network.
        arithmetic: ``'trained'`` computes the trainer's quantised forward pass,
            ``'lava'`` what lava-nc 0.10 does, with a warning of each deviation.
        num_layers: Only the first so many entries of the file.
        skip_layers: Leave out the first so many entries.
        input_message_bits: Lava's arithmetic: with 0 the first layer takes every
            nonzero message as a spike, with more as its value.
        input_shape: (width, height, channels) where the first layer has a kernel and
            the file doesn't say it.
        reset_interval: Lava's arithmetic: steps between resets of CUBA neurons.
        reset_offset: Lava's arithmetic: step of the first layer's reset.
        spike_exp: Lava's arithmetic: fraction bits of sigma-delta messages.
        delay_shift: Whether spiking layers put out a step late where the file doesn't
            say otherwise than their kind does by default: older files can't say that
            sigma-delta layers were trained with a shift, or others without.
        sparse_fc_layer: Store matrices by their nonzero weights.
        threads: Threads of a batch; as many as training's kernels use if None, see
            ``lava.lib.dl.core.get_num_threads``.
        max_bytes: Most memory that loading may take, and by it most time; what a
            network needs is estimated from its records before any is taken.

    Returns:
        The network, ready to run.

    Raises:
        FormatError: The file is not a legal network, or its layers don't fit.
        FileNotFoundError: There is no such file.
        ValueError: An option doesn't fit, the arithmetic lacks a layer or neuron, or
            the network needs more than ``max_bytes``.

    >>> import numpy as np
    >>> from lava.lib.dl import netx, spec
    >>> layer = spec.Dense((1,), [[64, -32]], neuron=spec.Cuba(4096, 4096, 60))
    >>> spec.write(spec.Network([layer]), "small.net")
    >>> net = netx.load("small.net")
    >>> net.run(np.array([[1, 0, 1], [0, 0, 1]])).astype(int).tolist()
    [[0, 1, 0]]
    """
    options = {k: v for k, v in locals().items() if k not in OUTSIDE}
    _check_options(options)
    whole = network if isinstance(network, spec.Network) else spec.read(network)
    if delay_shift is not None:
        if arithmetic != "trained":
            raise ValueError("delay_shift belongs to arithmetic='trained'")
        whole = shifted(whole, delay_shift)
    problems = whole.problems()
    if problems:
        raise spec.FormatError(problems)
    kept = list(enumerate(whole.layers[:num_layers]))[skip_layers:]
    if not kept or (num_layers is not None and num_layers < 0) or skip_layers < 0:
        raise ValueError(
            f"num_layers={num_layers} and skip_layers={skip_layers} leave nothing of "
            f"{len(whole)} layers"
        )
    _check_sources(kept)
    shape = _given(whole, kept[0][0], input_shape)
    check_need(kept, shape, sparse_fc_layer, max_bytes)
    build = lava.Builder(options) if arithmetic == "lava" else None
    if build is not None:
        for layer in whole.layers[:skip_layers]:
            build.pass_by(layer)
    parts = _parts(kept, shape, sparse_fc_layer, build)
    if build is not None:
        warn(kept, stacklevel=2)
    return Runtime(whole, parts, shape, options, threads)


def _check_options(options: dict[str, Any]) -> None:
    arithmetic = options["arithmetic"]
    if arithmetic not in ARITHMETICS:
        raise ValueError(f"arithmetic is {arithmetic!r}; needed is 'trained' or 'lava'")
    for name, limits in LIMITS.items():
        _check_whole(name, options[name], *limits)
    for size in options["input_shape"] or ():
        _check_whole("a size in input_shape", size, 1, _INT32)
    if options["reset_interval"] is not None and arithmetic == "trained":
        raise ValueError(
            "reset_interval belongs to arithmetic='lava'; call reset() between samples"
        )


def _check_sources(kept: list[tuple[int, spec.Layer]]) -> None:
    """A layer joins others that are there."""
    for index, layer in kept:
        left_out = [
            int(i) for i in getattr(layer, "sources", ()) if int(i) < kept[0][0]
        ]
        if left_out:
            raise ValueError(
                f"skip_layers leaves out layers {left_out}, which layer {index} joins; "
                f"skip at most {min(left_out)}"
            )


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if value is None and name in ("num_layers", "reset_interval"):
        return
    if not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise ValueError(
            f"{name} is {value!r}; needed is a whole number from {low} to {high}"
        )


def shifted(network: spec.Network, delay_shift: bool) -> spec.Network:
    """The network, its spiking layers delayed or not where the file has the default."""
    layers = [_shifted(layer, delay_shift) for layer in network]
    return spec.Network(layers, network.simulation)


def _shifted(layer: spec.Layer, delay_shift: bool) -> spec.Layer:
    if not isinstance(layer, NeuronLayer) or isinstance(layer.neuron, spec.Sigma):
        return layer
    says = layer.delay_shift != layer.default_delay_shift
    if says or layer.readout != "spike":
        return layer
    return replace(layer, delay_shift=delay_shift)


def _given(
    network: spec.Network, first: int, input_shape: tuple[int, ...] | None
) -> Shape:
    """Shape of the input in the file's order."""
    layer = network[first]
    if isinstance(layer, spec.Input):
        return layer.shape
    if first:
        return network[first - 1].shape
    if input_shape is not None:
        return tuple(input_shape)[::-1]
    if network.input_shape is not None:
        return network.input_shape
    raise MissingOptionError(
        f"the first layer, {layer.type}, doesn't say the shape of its input",
        "input_shape",
        ("width", "height", "channels"),
    )


def _parts(
    kept: list[tuple[int, spec.Layer]],
    input_shape: Shape,
    sparsely: bool,
    build: lava.Builder | None,
) -> list[Part]:
    parts: list[Part] = []
    order = flat_order(input_shape)
    for index, layer in kept:
        if build is not None:
            build.enter(layer)
        bare = isinstance(layer, spec.Input) and layer.neuron is None
        if not isinstance(layer, NeuronLayer) or bare:
            parts.append(Passive(index, layer, build is not None))
            order = flat_order(layer.shape)
        else:
            _check_input(layer, input_shape)
            own = channels_last(layer.shape)
            fit = Fit(layer, input_shape, order, own, sparsely)
            kind = custom.find(layer) if build is None else None
            if kind is not None:
                parts.append(custom.CustomLayer(index, fit, kind))
            else:
                make = build.describe if build is not None else trained.describe
                parts.append(Layer(index, layer, make(fit), own))
            order = own
        input_shape = layer.shape
    return parts


def _check_input(layer: NeuronLayer, input_shape: Shape) -> None:
    """The chain is checked with the file, but for a shape that the user gave."""
    inputs = getattr(layer, "in_features", None)
    if inputs is not None and inputs != math.prod(input_shape):
        raise ValueError(
            f"input_shape {input_shape[::-1]} doesn't fit: the {layer.type} layer "
            f"takes {inputs} inputs"
        )
    if isinstance(layer, KernelLayer) and not layer.takes(input_shape):
        raise ValueError(
            f"input_shape {input_shape[::-1]} doesn't fit: a {layer.type} layer of "
            f"{layer.input_channels} input channels puts out {layer.shape[::-1]}"
        )
