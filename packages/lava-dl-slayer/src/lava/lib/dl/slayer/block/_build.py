"""From a record of the file format to a block: the inverse of ``to_spec``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import block as blocks
from lava.lib.dl.slayer.axon import Delay
from lava.lib.dl.slayer.block import _records, base, cuba, rf, sigma_delta
from lava.lib.dl.slayer.block._joined import Join
from lava.lib.dl.slayer.neuron import norm as norms
from lava.lib.dl.spec import plugins

GROUP = "lava.dl.blocks"

FAMILIES: Mapping[type[spec.Neuron], ModuleType] = {
    **{
        each.Dense.record: each
        for each in vars(blocks).values()
        if hasattr(each, "Dense")
    },
    spec.Sigma: sigma_delta,
}
"""The blocks of each kind of neuron."""


def from_spec(layer: spec.Layer, **options: Any) -> Any:
    """The block that a record describes.

    A norm's bias and exponent become a norm that no longer learns.

    Args:
        layer: The record.
        options: More arguments of the neuron, such as ``persistent_state``.

    Returns:
        A block that computes what the file says; one that joins earlier layers takes
        their outputs.

    Raises:
        NotImplementedError: If no block computes it.
    """
    for kind, build in _BUILDERS.items():
        if type(layer) is kind:
            try:
                return build(layer, options)
            except (AssertionError, ValueError) as error:
                raise NotImplementedError(
                    f"no block computes this {layer.type} layer: {error}"
                ) from error
    raise NotImplementedError(f"there is no block for a layer of {type(layer)}")


def _average(layer: spec.Average, _: Any) -> base.Block:
    if layer.time_factor > 1:
        return cuba.TimeDecimation(layer.time_factor)
    return cuba.Average(layer.shape[0])


def _family(layer: Any) -> ModuleType:
    neuron = layer.neuron
    if neuron is not None:
        family = FAMILIES.get(type(neuron)) or plugins.get(GROUP, neuron.type)
        if family is None:
            raise NotImplementedError(
                f"there are no blocks of {neuron.type!r} neurons; a plugin registers "
                f"theirs under the entry-point group {GROUP!r}"
            )
        return family
    return rf if getattr(layer, "is_complex", False) else cuba


def _start(record: type[spec.Neuron]) -> dict[str, Any]:
    """Decays to make a neuron with; the record's replace them."""
    names = {f.name for f in fields(record) if f.name.endswith("_decay")}
    if "sin_decay" not in names:
        return dict.fromkeys(names, 1)
    rotation = {"period": 10, "decay": 0.5}
    return rotation | dict.fromkeys(names - {"sin_decay", "cos_decay"}, 1)


def _params(layer: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the record's neuron, its decays but a start."""
    neuron, scale = layer.neuron, layer.weight_scale
    arguments: dict[str, Any] = {
        **_start(_family(layer).Dense.record),
        "scale": scale,
        **options,
    }
    level = getattr(neuron, "threshold", None)
    arguments["threshold"] = 1.0 if level is None else np.max(level) / scale
    if hasattr(neuron, "threshold_step"):
        arguments["threshold_step"] = neuron.threshold_step / scale
    if hasattr(neuron, "graded_spike"):
        arguments["graded_spike"] = neuron.graded_spike
    if _family(layer) is sigma_delta:
        arguments["activation"] = _activation(getattr(neuron, "activation", None))
        arguments["cum_error"] = getattr(neuron, "cum_error", False)
    if any(bias is not None for bias in layer.norm_biases):
        scaled = neuron.weight_exp is not None
        arguments["norm"] = (
            norms.WgtScaleBatchNorm if scaled else norms.MeanOnlyBatchNorm
        )
    return arguments


def _activation(name: str | None) -> Callable[[Tensor], Tensor]:
    function = getattr(torch.nn.functional, name or "relu", None)
    if function is None:
        raise NotImplementedError(
            f"activation {name!r} is none of torch.nn.functional; build the block "
            "yourself with the function"
        )
    return function


def _input(layer: spec.Input, options: Mapping[str, Any]) -> base.Block:
    scaled = {
        name: None if value is None else value / layer.weight_scale
        for name, value in (("weight", layer.weight), ("bias", layer.bias))
    }
    _check_spikes(layer)
    params = None if layer.neuron is None else _params(layer, options)
    block = _family(layer).Input(params, **scaled, delay_shift=layer.delay_shift)
    return _finished(block, layer)


def _check_spikes(layer: Any, kind: str = "Input") -> ModuleType:
    """The layer's family, if it has such a block and the layer puts out spikes."""
    family = _family(layer)
    bare = isinstance(layer, spec.Input) and layer.neuron is None
    if not bare and (layer.readout != "spike" or not hasattr(family, kind)):
        raise NotImplementedError(
            f"no block of {family.__name__.rsplit('.', 1)[-1]} neurons reads out the "
            f"{layer.readout} of a {layer.type} layer"
        )
    return family


def _dense(layer: spec.Dense, options: Mapping[str, Any]) -> base.Block:
    family, sizes = _family(layer), (layer.in_features, layer.out_features)
    params = _params(layer, options)
    if isinstance(layer.neuron, spec.Sigma):
        block = family.Output(params, *sizes)
    elif layer.readout != "spike":
        if not hasattr(family, "Affine"):
            raise NotImplementedError(
                f"a read-out of {layer.neuron} neurons has no block; use cuba or rf"
            )
        block = family.Affine(params, *sizes, dynamics=layer.readout == "voltage")
    else:
        block = family.Dense(params, *sizes, **_delays(layer))
    return _weighted(block, layer)


def _recurrent(layer: spec.Recurrent, options: Mapping[str, Any]) -> base.Block:
    sizes = (layer.in_features, layer.out_features)
    family = _check_spikes(layer, "Recurrent")
    delays = {**_delays(layer), **_recurrent_delay(layer)}
    block = family.Recurrent(_params(layer, options), *sizes, **delays)
    _assign(block.recurrent_synapse, layer, "weight_rec")
    _assign_recurrent_delay(block, layer)
    return _weighted(block, layer, block.input_synapse)


def _kwta(layer: spec.Kwta, options: Mapping[str, Any]) -> base.Block:
    family = _check_spikes(layer, "KWTA")
    block = family.KWTA(
        _params(layer, options),
        layer.in_features,
        layer.out_features,
        layer.num_winners,
        layer.self_excitation / layer.weight_scale,
        delay_shift=layer.delay_shift,
        **_recurrent_delay(layer),
    )
    _assign_recurrent_delay(block, layer)
    return _weighted(block, layer)


def _recurrent_delay(layer: Any) -> dict[str, bool]:
    return {"recurrent_delay": hasattr(layer, "delay_rec")}


def _assign_recurrent_delay(block: Any, layer: Any) -> None:
    if block.recurrent_delay is not None:
        _set_delays(block.recurrent_delay, layer.delay_rec, layer.shape)


def _sliding(layer: Any, options: Mapping[str, Any]) -> base.Block:
    kind = getattr(_check_spikes(layer), _KERNELS[type(layer)])
    geometry = {**_geometry(layer), **_delays(layer)}
    channels: tuple[int, ...] = ()
    if isinstance(layer, spec.Conv):
        channels = (layer.in_channels, layer.out_channels)
        geometry["groups"] = layer.groups
    block = kind(_params(layer, options), *channels, layer.kernel_size, **geometry)
    block.input_shape = layer.input_shape
    return _weighted(block, layer)


def _geometry(layer: Any) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in ("stride", "padding", "dilation")}


def _delays(layer: Any) -> dict[str, bool]:
    return {"delay": layer.delay is not None, "delay_shift": layer.delay_shift}


_KERNELS: dict[type[spec.Layer], str] = {
    spec.Conv: "Conv",
    spec.ConvTranspose: "ConvT",
    spec.Pool: "Pool",
    spec.Unpool: "Unpool",
}
_BUILDERS: dict[type[spec.Layer], Callable[[Any, Any], Any]] = {
    spec.Input: _input,
    spec.Dense: _dense,
    spec.Recurrent: _recurrent,
    spec.RecurrentDelay: _recurrent,
    spec.Kwta: _kwta,
    spec.KwtaDelay: _kwta,
    **dict.fromkeys(_KERNELS, _sliding),
    spec.Flatten: lambda layer, _: cuba.Flatten(),
    spec.Average: _average,
    spec.Concat: lambda layer, _: Join(layer),
    spec.Add: lambda layer, _: Join(layer),
}


def _weighted(block: Any, layer: Any, synapse: Any = None) -> base.Block:
    _assign(block.synapse if synapse is None else synapse, layer, "weight")
    if layer.delay is not None:
        _assign_delay(block, layer)
    return _finished(block, layer)


def _assign(synapse: Any, layer: Any, name: str) -> None:
    for suffix, part in _records.parts(synapse):
        whole = np.array(getattr(layer, name + suffix), dtype=np.float32)
        shape = part.weight.shape
        part.weight.data = torch.from_numpy(whole / layer.weight_scale).reshape(shape)
        kept = _records.integers(part.effective_weight(descale=True)).reshape(
            whole.shape
        )
        if (share := np.mean(kept != whole)) > 0:
            warnings.warn(
                f"{share:.1%} of the {layer.type} layer's weights are no even integers "
                "from -256 to 254; the block rounds and clips them",
                stacklevel=2,
            )


def _assign_delay(block: Any, layer: Any) -> None:
    if block.delay is None:
        raise NotImplementedError(f"{type(block).__name__} blocks have no delay")
    if len(layer.delay) not in (1, layer.shape[0]) or layer.delay.ndim != 1:
        raise NotImplementedError(
            f"delay has shape {layer.delay.shape}; blocks delay outputs, one by one"
        )
    _set_delays(block.delay, layer.delay, layer.shape)


def _set_delays(delay: Delay, steps: Any, shape: tuple[int, ...]) -> None:
    each = np.broadcast_to(steps, shape[:1]).astype(np.float32)
    delay.delay.data = torch.from_numpy(each.copy())
    delay.init = True
    # A file may hold delays beyond what blocks learn.
    delay.max_delay = max(float(each.max()), delay.max_delay or 0.0)


def _finished(block: Any, layer: Any) -> base.Block:
    """Gives the neuron the record's decays, norms and bias."""
    record, neuron = layer.neuron, block.neuron
    for name, values in _decays(record).items():
        getattr(neuron, name).data = torch.from_numpy(values)
    if isinstance(record, spec.SigmaDelta) and record.bias is not None:
        bias = np.array(record.bias, dtype=np.float32)
        whole = bias.size == math.prod(layer.shape)
        neuron.set_bias(torch.from_numpy(bias.reshape(layer.shape) if whole else bias))
    neuron_norms = _records.norms(neuron) if neuron is not None else []
    for (suffix, norm), bias in zip(neuron_norms, layer.norm_biases, strict=False):
        if norm is not None:
            _freeze(norm, layer, suffix, bias)
    return block


def _decays(record: Any) -> dict[str, Any]:
    """Decays by name, those of a pair of sine and cosine of one length."""
    names = [n for n in vars(record or object) if n.endswith("_decay")]
    decays = {n: np.float32(np.atleast_1d(getattr(record, n))) for n in names}
    pair = [n for n in ("sin_decay", "cos_decay") if n in decays]
    both = np.broadcast_arrays(*(decays[n] for n in pair))
    return {**decays, **{n: v.copy() for n, v in zip(pair, both, strict=True)}}


def _freeze(norm: Any, layer: Any, suffix: str, bias: Any) -> None:
    """A norm that subtracts and divides as the file says, and no longer learns."""
    norm.update = False
    if bias is not None:
        if bias.shape not in {(1,), layer.shape[:1]}:
            raise NotImplementedError("a block's norm has one bias a channel")
        mean = -np.array(bias, dtype=np.float32) / layer.weight_scale
        norm.running_mean = torch.from_numpy(np.atleast_1d(mean))
    exponent = getattr(layer.neuron, f"weight_exp{suffix}")
    if exponent is not None and np.ptp(exponent):
        raise NotImplementedError("a block's norm has one exponent for all channels")
    if exponent is not None:
        exponent = exponent[:1]
        # Between the variances of this power of two and the one below.
        norm.weight_exp_bits = layer.neuron.weight_exp_bits
        variance = 0.75 * 4.0 ** np.array(exponent, dtype=np.float32)
        norm.running_var = torch.from_numpy(np.atleast_1d(variance))
