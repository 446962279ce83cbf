"""Layers of a synapse and its neurons: affine, dense, convolutions, pools."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fuses
from lava.lib.dl.slayer._tracing import exporting
from lava.lib.dl.slayer.axon.delay import Delay
from lava.lib.dl.slayer.block import _records
from lava.lib.dl.slayer.block._block import NEURON_HOOK, Block, Output
from lava.lib.dl.slayer.block._records import Fields
from lava.lib.dl.slayer.neuron._spiking import SpikingNeuron
from lava.lib.dl.slayer.synapse import layer as synapses
from lava.lib.dl.slayer.synapse._weights import Hook, Weights
from lava.lib.dl.spec.layers import SILENT_THRESHOLD, SynapseLayer

Params = Mapping[str, Any]
Pair = int | Sequence[int]


class _Synaptic(Block):
    """A synapse, then its neurons.

    Attributes:
        synapse: The synapse.
        synapse_params: The arguments that it was made with.
        mask: Factor of the weights, or None.
    """

    synapse: Any
    synapse_params: dict[str, Any]
    _weights = staticmethod(_records.weights)
    mask: Tensor | None
    kind: ClassVar[type[Weights]]
    layer: ClassVar[type[SynapseLayer]]

    def _add_synapse(self, channels: int | None, *arguments: Any) -> None:
        """Makes the family's synapse; an own family makes it of the arguments."""
        params = inspect.signature(self.kind).bind(*arguments).arguments
        params["pre_hook_fx"] = self._hook(params["pre_hook_fx"])
        self.synapse_params = params
        if not hasattr(self, "synapses"):
            return
        self.synapse = getattr(self.synapses, self.kind.__name__)(**params)
        if channels is not None:
            self._fix_channels(channels, axes=1 if self.kind is synapses.Dense else 3)

    def _add_mask(self, mask: Tensor | None) -> None:
        if mask is not None:
            shape = self._mask_shape()
            if tuple(mask.shape[:2]) != shape or mask.numel() != math.prod(shape):
                raise ValueError(
                    f"mask has shape {tuple(mask.shape)}; needed is {shape}, as of "
                    "the weights"
                )
            mask = mask.reshape(*shape, 1, 1, 1)
        self.register_buffer("mask", mask)
        self._mask_synapse()

    def _mask_shape(self) -> tuple[int, int]:
        inputs, outputs = (
            self.synapse_params[n] for n in ("in_neurons", "out_neurons")
        )
        return int(outputs), synapses.image_size(inputs)[0]

    def _mask_synapse(self) -> None:
        if self.mask is not None and hasattr(self, "synapse"):
            parts = self.synapse.children() if self.synapse.complex else [self.synapse]
            for part in parts:
                part.mask = self.mask

    def forward(self, x: Tensor) -> Output:
        """Spikes, or what stands for them, of an input (N, C, ..., T)."""
        synapse, neuron = self.synapse, self.neuron
        if (
            self.delay_shift is True
            and fuses(synapse, neuron, *synapse._modules.values())
            and isinstance(neuron, SpikingNeuron)
            and neuron.takes_pending_sums
        ):
            return self._fused(synapse.pending_sum(x), neuron)
        return self._emit(neuron(synapse(x)))

    def _fused(self, z: Any, neuron: SpikingNeuron) -> Output:
        """Spikes, one step late, of what the synapse sums or has summed."""
        delay = None if self.delay is None else self._inner_delay(neuron)
        if delay is not None and not isinstance(z, ops.PendingSum):
            z = ops.pending_sums(z) or z
        if not isinstance(z, ops.PendingSum):
            parts = z if isinstance(z, tuple) else (z,)
            return self._emit_late(neuron.fused(*parts, latency=1))
        if delay is None:
            return self._emit_late(neuron.fused_with_synapse(z, latency=1))
        steps = delay.ready(z.shape)
        return self._logged(neuron.fused_with_synapse(z, latency=1, delay=steps))

    def _inner_delay(self, neuron: SpikingNeuron) -> Delay | None:
        """The learnt delay, if the neuron can have its spikes so late by itself."""
        delay = self.delay
        if delay is None or delay.sampling_time != 1 or neuron.drop is not None:
            return None
        return delay if fuses(delay) else None

    def to_spec(self) -> spec.Layer:
        """The block as a record of the file format, in integers."""
        if "mask" in self._buffers:
            self._mask_synapse()
        return self.layer(self._known_shape(), **self._synapse_fields())

    def _synapse_fields(self) -> Fields:
        return {
            **self._weights(self.synapse),
            **_records.delays(self.delay),
            **self._neuron_fields(),
        }


class _Masked(_Synaptic):
    """Dense synapses, of which a mask may take some away."""

    kind = synapses.Dense

    def forward(self, x: Tensor) -> Output:
        """Spikes, or what stands for them, of an input (N, C, T)."""
        if self._buffers["mask"] is not None:
            self._mask_synapse()
        return super().forward(x)

    def _known_shape(self) -> tuple[int, ...]:
        return (self.synapse.out_channels,)


class AbstractAffine(_Masked):
    """All-to-all synapses whose neurons never spike: a read-out.

    The output is the voltage, the imaginary state of complex neurons.

    Args:
        neuron_params: Arguments of the neuron; its threshold has no effect.
        in_neurons: Number of inputs, or (W, H) or (W, H, C) of an image.
        out_neurons: Number of outputs.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Quantisation of the weights; None is none.
        dynamics: Integrate; otherwise the output is the weighted input.
        mask: Factor of the weights, shape (out, in).
        count_log: Return None as the mean event rate, too.
    """

    layer = spec.Dense

    def __init__(
        self,
        neuron_params: Params,
        in_neurons: int | Sequence[int],
        out_neurons: int,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = NEURON_HOOK,
        dynamics: bool = True,
        mask: Tensor | None = None,
        count_log: bool = False,
    ) -> None:
        super().__init__(neuron_params, count_log=count_log)
        weights = (weight_scale, weight_norm, pre_hook_fx)
        self._add_synapse(out_neurons, in_neurons, out_neurons, *weights)
        self._add_mask(mask)
        if self.neuron is not None:
            self.neuron._threshold = -1 if dynamics else None
        self.dynamics = dynamics

    def forward(self, x: Tensor) -> Output:
        """Weighs and integrates an input (N, C, T)."""
        self._mask_synapse()
        z = self.synapse(x)
        if self.dynamics:
            z = self._integrated(z)
        y = z[1] if isinstance(z, tuple) else z
        return (y, None) if self.count_log is True else y

    def _integrated(self, z: Any) -> Any:
        """States of the neurons, all of them kept where they persist."""
        states = self.neuron.dynamics(z)
        if self.persistent_state and self.neuron.complex and states[1].shape[-1]:
            # Some neurons keep it only as they spike, which these don't.
            self.neuron.imag_state = self._kept(states[1][..., -1].clone())
        return states

    @property
    def shape(self) -> Sequence[int]:
        """Shape of the output, (out,) until an input says otherwise."""
        return self.neuron.shape or torch.Size(self._known_shape())

    def to_spec(self) -> spec.Dense:
        """The block as a record of the file format, in integers."""
        fields: Fields = {
            **_records.weights(self.synapse),
            "weight_scale": self.neuron.w_scale,
        }
        if not self.dynamics:
            return spec.Dense(self._known_shape(), readout="sum", **fields)
        return spec.Dense(
            self._known_shape(),
            neuron=self._silent_record(),
            readout="voltage",
            **_records.biases(self.neuron, self._known_shape()[0]),
            **fields,
        )

    def _silent_record(self) -> spec.Neuron:
        record = _records.neuron_record(self)
        fields = {**vars(record), "threshold": SILENT_THRESHOLD}
        return type(record)(**fields)


class AbstractDense(_Masked):
    """All-to-all synapses and their neurons.

    Args:
        neuron_params: Arguments of the neuron.
        in_neurons: Number of inputs, or (W, H) or (W, H, C) of an image.
        out_neurons: Number of outputs.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Quantisation of the weights; None is none.
        delay: Learn an axonal delay per neuron.
        delay_shift: Output one step late, as on the chip.
        mask: Factor of the weights, shape (out, in).
        count_log: Return the mean event rate, too.
    """

    layer = spec.Dense

    def __init__(
        self,
        neuron_params: Params,
        in_neurons: int | Sequence[int],
        out_neurons: int,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = NEURON_HOOK,
        delay: bool = False,
        delay_shift: bool = True,
        mask: Tensor | None = None,
        count_log: bool = False,
    ) -> None:
        super().__init__(
            neuron_params, delay=delay, delay_shift=delay_shift, count_log=count_log
        )
        weights = (weight_scale, weight_norm, pre_hook_fx)
        self._add_synapse(out_neurons, in_neurons, out_neurons, *weights)
        self._add_mask(mask)


class _Spatial(_Synaptic):
    """What layers with a sliding kernel share.

    Attributes:
        input_shape: (channels, height, width) of the first input; None before it.
    """

    input_shape: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Output:
        """Spikes, or what stands for them, of an input (N, C, H, W, T)."""
        y = super().forward(x)
        if self.input_shape is None and not exporting():
            self.input_shape = tuple(x.shape[1:-1])
        return y

    _weights = staticmethod(_records.kernels)

    def _synapse_fields(self) -> Fields:
        pairs = ("stride", "padding", "dilation")
        geometry = {name: getattr(self.synapse, name)[:2] for name in pairs}
        known = {"input_shape": self.input_shape}
        return {**geometry, **known, **super()._synapse_fields()}


def _doc(first: str, shared: type[_Spatial]) -> str:
    """The docstring of what classes share, its first sentence another."""
    return first + "\n" + str(shared.__doc__).partition(".")[2]


class _Convolution(_Spatial):
    """What the convolutions share.

    Args:
        neuron_params: Arguments of the neuron.
        in_features: Number of input channels.
        out_features: Number of output channels.
        kernel_size: Kernel, one integer or (height, width); likewise the next three.
        stride: Step of the kernel.
        padding: Zeros around the input.
        dilation: Distance of the kernel's taps.
        groups: Number of separate channel groups.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Quantisation of the weights; None is none.
        delay: Learn an axonal delay per channel.
        delay_shift: Output one step late, as on the chip.
        count_log: Return the mean event rate, too.
    """

    def __init__(
        self,
        neuron_params: Params,
        in_features: int,
        out_features: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = NEURON_HOOK,
        delay: bool = False,
        delay_shift: bool = True,
        count_log: bool = False,
    ) -> None:
        super().__init__(
            neuron_params, delay=delay, delay_shift=delay_shift, count_log=count_log
        )
        geometry = (kernel_size, stride, padding, dilation, groups)
        weights = (weight_scale, weight_norm, pre_hook_fx)
        self._add_synapse(out_features, in_features, out_features, *geometry, *weights)

    def _synapse_fields(self) -> Fields:
        return {"groups": self.synapse.groups, **super()._synapse_fields()}


class AbstractConv(_Convolution):
    __doc__ = _doc("Convolution over space and its neurons.", _Convolution)

    kind = synapses.Conv
    layer = spec.Conv


class AbstractConvT(_Convolution):
    __doc__ = _doc("Transposed convolution over space and its neurons.", _Convolution)

    kind = synapses.ConvTranspose
    layer = spec.ConvTranspose


class _Pooling(_Spatial):
    """What the pools share.

    Args:
        neuron_params: Arguments of the neuron; a norm is left out.
        kernel_size: Window, one integer or (height, width); likewise the next three.
        stride: Step of the window; its size if None.
        padding: Zeros around the input.
        dilation: Distance of the window's taps.
        weight_scale: The weight, the same for all taps and not learnt.
        weight_norm: Store the weights normalised.
        pre_hook_fx: Quantisation of the weights; None is none.
        delay: Learn an axonal delay per channel.
        delay_shift: Output one step late, as on the chip.
        count_log: Return the mean event rate, too.
    """

    def __init__(
        self,
        neuron_params: Params,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = NEURON_HOOK,
        delay: bool = False,
        delay_shift: bool = True,
        count_log: bool = False,
    ) -> None:
        super().__init__(
            _without_norm(neuron_params),
            delay=delay,
            delay_shift=delay_shift,
            count_log=count_log,
        )
        geometry = (kernel_size, stride, padding, dilation)
        weights = (weight_scale, weight_norm, pre_hook_fx)
        self._add_synapse(None, *geometry, *weights)


def _without_norm(neuron_params: Params | None) -> Params | None:
    if neuron_params is None:
        return None
    return {name: value for name, value in neuron_params.items() if name != "norm"}


class AbstractPool(_Pooling):
    __doc__ = _doc("Sum over windows of each channel, and its neurons.", _Pooling)

    kind = synapses.Pool
    layer = spec.Pool


class AbstractUnpool(_Pooling):
    __doc__ = _doc("Spreads each channel over windows, and its neurons.", _Pooling)

    kind = synapses.Unpool
    layer = spec.Unpool
