"""Layers without synapses: input, flatten, means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer.block._block import Block, Output
from lava.lib.dl.slayer.block._records import Fields, biases, integers, neuron_record
from lava.lib.dl.slayer.synapse._input import real


class AbstractInput(Block):
    """Scales, shifts and encodes the data.

    Data, weight and bias are quantised as weights are. The data of complex neurons
    enter the real part, unless they're a tuple (real, imaginary).

    Args:
        neuron_params: Arguments of the neuron; None passes the data on.
        weight: Initial factor of the data, learnable; None is no factor.
        bias: Initial offset, learnable; None is no offset.
        delay_shift: Output one step late.
        count_log: Return the mean event rate, too.
    """

    weight: torch.nn.Parameter | None
    bias: torch.nn.Parameter | None

    def __init__(
        self,
        neuron_params: Mapping[str, Any] | None = None,
        weight: float | None = None,
        bias: float | None = None,
        delay_shift: bool = True,
        count_log: bool = False,
    ) -> None:
        super().__init__(neuron_params, delay_shift=delay_shift, count_log=count_log)
        self.register_parameter("weight", _scalar(weight))
        self.register_parameter("bias", _scalar(bias))
        self.input_shape: torch.Size | None = None

    @property
    def shape(self) -> Sequence[int] | None:
        """Shape of the data without batch and time; None before the first."""
        return self.input_shape if self.neuron is None else self.neuron.shape

    @property
    def pre_hook_fx(self) -> Any:
        """Quantisation of data, weight and bias: the neuron's, or what was set."""
        if self._pre_hook_fx is not None:
            return self._pre_hook_fx
        return _unchanged if self.neuron is None else self.neuron.quantize_8bit

    @pre_hook_fx.setter
    def pre_hook_fx(self, function: Any) -> None:
        self._pre_hook_fx = _unchanged if function is None else function

    def _transformed(self, x: Tensor) -> Tensor:
        hook = self.pre_hook_fx
        z = hook(real(x))
        if self.weight is not None:
            z = z * hook(self.weight)
        return z if self.bias is None else z + hook(self.bias)

    def _encoded(self, x: Tensor | tuple[Tensor, ...]) -> Tensor:
        if isinstance(x, (tuple, list)):
            return self.neuron(tuple(self._transformed(part) for part in x))
        return self._driven(self._transformed(x))

    def _driven(self, z: Tensor) -> Tensor:
        """What the neurons make of the scaled and shifted data."""
        if self.neuron is None:
            return z
        return self.neuron((z, torch.zeros_like(z)) if self.neuron.complex else z)

    def forward(self, x: Tensor | tuple[Tensor, ...]) -> Output:
        """Encodes data of shape (N, C, ..., T)."""
        y = self._encoded(x)
        if self.input_shape is None:
            self.input_shape = y.shape[1:-1]
        return self._emit(y)

    def to_spec(self) -> spec.Input:
        """The block as a record of the file format, in integers."""
        shape = self._known_shape()
        if self.neuron is None:
            if self.weight is not None or self.bias is not None:
                raise ValueError(
                    "an input's weight and bias are written in units of its neuron's "
                    "scale; give the block neuron_params or leave them out"
                )
            return spec.Input(shape, delay_shift=self.delay_shift is True)
        values = {"weight": self.weight, "bias": self.bias}
        scaled: Fields = {
            name: int(integers(self.pre_hook_fx(value, descale=True))[0])
            for name, value in values.items()
            if value is not None
        }
        return spec.Input(
            shape,
            neuron=neuron_record(self),
            **scaled,
            **self._norm_fields(shape[0]),
            **self._common(),
        )

    def _norm_fields(self, channels: int) -> Fields:
        """What the neurons' norm adds, by field name."""
        norm_biases = biases(self.neuron, channels)
        return {f"norm_{name}": value for name, value in norm_biases.items()}


def _unchanged(x: Tensor, descale: bool = False) -> Tensor:
    return x


def _scalar(value: float | None) -> torch.nn.Parameter | None:
    return None if value is None else torch.nn.Parameter(torch.tensor([float(value)]))


class Rearranged(Block):
    """A layer without neurons that logs no rate."""

    def __init__(self, count_log: bool = False) -> None:
        super().__init__(count_log=count_log)
        # Scripts tell layers with neurons by their having the attribute.
        del self.neuron, self.delay

    @property
    def persistent_state(self) -> bool:
        """False: there is no state."""
        return False

    def _logged(self, x: Tensor) -> Output:
        return (x, None) if self.count_log is True else x


class AbstractFlatten(Rearranged):
    """Makes (N, C, H, W, T) to (N, C H W, T) in C order.

    Args:
        count_log: Return None as the mean event rate, too.
    """

    def __init__(self, count_log: bool = False) -> None:
        super().__init__(count_log=count_log)
        self._shape: list[int] | None = None

    @property
    def shape(self) -> Sequence[int] | None:
        """[C H W, 1, 1], or None before the first input."""
        return self._shape

    def forward(self, x: Tensor) -> Output:
        """Flattens the input; (N, C, T) passes unchanged."""
        y = x.flatten(1, -2)
        if self._shape is None:
            self._shape = [y.shape[1], 1, 1]
        return self._logged(y)

    def to_spec(self) -> spec.Flatten:
        """The block as a record of the file format."""
        return spec.Flatten(self._known_shape())


class AbstractAverage(Rearranged):
    """Means over groups of neighbouring neurons, all of the same size.

    Args:
        num_outputs: Number of groups.
        count_log: Return None as the mean event rate, too.
    """

    def __init__(self, num_outputs: int, count_log: bool = False) -> None:
        super().__init__(count_log=count_log)
        self.num_outputs = num_outputs

    @property
    def shape(self) -> Sequence[int]:
        """[num_outputs, 1, 1]."""
        return torch.Size([self.num_outputs, 1, 1])

    def forward(self, x: Tensor) -> Output:
        """Averages an input (N, C, ..., T) to (N, num_outputs, T)."""
        flat = x.flatten(1, -2)
        if flat.shape[1] % self.num_outputs:
            raise ValueError(
                f"num_outputs is {self.num_outputs}; {flat.shape[1]} neurons make no "
                "such number of equal groups"
            )
        grouped = flat.unflatten(1, (self.num_outputs, -1))
        return self._logged(grouped.mean(dim=2))

    def to_spec(self) -> spec.Average:
        """The block as a record of the file format."""
        return spec.Average(self._known_shape())


class AbstractTimeDecimation(Rearranged):
    """Means over bins of time; the last bin is filled up with zeros.

    Args:
        factor: Steps per bin, a power of two.
        count_log: Return None as the mean event rate, too.

    Raises:
        AssertionError: If the factor is no power of two.
    """

    def __init__(self, factor: int, count_log: bool = False) -> None:
        super().__init__(count_log=count_log)
        if factor < 1 or factor & (factor - 1):
            raise AssertionError(f"factor is {factor}; it must be a power of two")
        self.factor = self.time_factor = factor
        self.input_shape: torch.Size | None = None

    @property
    def shape(self) -> Sequence[int] | None:
        """Shape of the input without batch and time; None before the first."""
        return self.input_shape

    def forward(self, x: Tensor) -> Output:
        """Averages an input of T steps to ceil(T / factor)."""
        if self.input_shape is None:
            self.input_shape = x.shape[1:-1]
        filled = F.pad(x, (0, -x.shape[-1] % self.factor))
        return self._logged(filled.unflatten(-1, (-1, self.factor)).mean(dim=-1))

    def to_spec(self) -> spec.Average:
        """The block as a record of the file format."""
        return spec.Average(self._known_shape(), time_factor=self.factor)
