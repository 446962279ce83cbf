"""Blocks of sigma-delta neurons, whose default is no delay shift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.block import base
from lava.lib.dl.slayer.block._compose import block, blocks
from lava.lib.dl.slayer.block._records import Fields, weights
from lava.lib.dl.slayer.neuron import sigma_delta

__all__ = [
    "AbstractSDRelu",
    "Average",
    "Conv",
    "ConvT",
    "Dense",
    "Flatten",
    "Input",
    "Output",
    "Pool",
    "Unpool",
]


class AbstractSDRelu(base.Family):
    """Sigma-delta neurons."""

    neuron_class = sigma_delta.Neuron
    synapses = synapse
    record = spec.SigmaDelta
    defaults: ClassVar[Mapping[str, Any]] = {"delay_shift": False}

    def __init__(self, *args: Any, delay_shift: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.delay_shift = delay_shift


class AbstractSDInput(base.AbstractInput):
    __doc__ = base.AbstractInput.__doc__

    def _driven(self, z: Tensor) -> Tensor:
        """The changes of the scaled and shifted data."""
        y = self.neuron.delta(z)
        shape = self.neuron.delta.shape
        self.input_shape = self.neuron.shape = self.neuron.sigma.shape = shape
        return y

    def _norm_fields(self, channels: int) -> Fields:
        """Nothing: only the delta half acts, which has no norm."""
        return {}


class AbstractOutput(base.AbstractDense):
    """Sums up the weighted changes: a read-out.

    Args:
        neuron_params: Arguments of the neuron; only its scale has an effect.
        in_neurons: Number of inputs, or (W, H) or (W, H, C) of an image.
        out_neurons: Number of outputs.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        count_log: Return the mean event rate, too.
    """

    def __init__(
        self,
        neuron_params: Mapping[str, Any],
        in_neurons: int | Sequence[int],
        out_neurons: int,
        weight_scale: float = 1,
        weight_norm: bool = False,
        count_log: bool = False,
    ) -> None:
        super().__init__(
            neuron_params,
            in_neurons,
            out_neurons,
            weight_scale,
            weight_norm,
            count_log=count_log,
        )

    @property
    def shape(self) -> Sequence[int] | None:
        """Shape of the output without batch and time; None before the first."""
        return self.neuron.sigma.shape

    def forward(self, x: Tensor) -> Any:
        """Running sums of an input (N, C, T)."""
        self._mask_synapse()
        return self._emit(self.neuron.sigma(self.synapse(x)))

    def to_spec(self) -> spec.Dense:
        """The block as a record of the file format, in integers."""
        parameters = self.neuron.device_params
        neuron = spec.Sigma(
            threshold=parameters["vThMant"], activation=parameters["activation"]
        )
        return spec.Dense(
            self._known_shape(),
            neuron=neuron,
            **weights(self.synapse),
            **self._common(),
        )


Input = block(AbstractSDRelu, AbstractSDInput, "Input")
Flatten = block(AbstractSDRelu, base.AbstractFlatten)
Average = block(AbstractSDRelu, base.AbstractAverage)
Dense, Conv, ConvT, Pool, Unpool = blocks(AbstractSDRelu, base.SYNAPTIC)
Output = block(AbstractSDRelu, AbstractOutput)
