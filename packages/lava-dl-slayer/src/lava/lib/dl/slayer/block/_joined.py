"""Layers with several ways through: sums and joins of their outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer.block._block import Block, Output
from lava.lib.dl.slayer.block._layers import append_layers
from lava.lib.dl.spec.layers import JoiningLayer

if TYPE_CHECKING:
    import h5py

Branch = Block | Iterable[Block] | None
"""Blocks one after the other; none of them passes the input on."""


class Branches(Block):
    """Blocks side by side on one input, whose outputs are joined step by step.

    Outputs of one step meet, whatever the latency of their branches is: around a
    block with ``delay_shift`` the input is added to the output of the input before.

    Attributes:
        branches: What lies side by side, each a list of blocks.
    """

    layer: ClassVar[type[JoiningLayer]]

    def __init__(self, branches: Sequence[Branch], count_log: bool = False) -> None:
        super().__init__(count_log=count_log)
        lists = [torch.nn.ModuleList(_blocks(branch)) for branch in branches]
        self.branches = torch.nn.ModuleList(lists)
        self.input_shape: tuple[int, ...] | None = None
        self._shape: tuple[int, ...] | None = None
        del self.neuron, self.delay

    @property
    def shape(self) -> Sequence[int] | None:
        """Shape of the output without batch and time; None before the first input."""
        return self._shape

    @property
    def persistent_state(self) -> bool:
        """False: what is kept is kept in the branches."""
        return False

    def join(self, outputs: Sequence[Tensor]) -> Tensor:
        """One tensor (N, C, ..., T) of those of the branches.

        Raises:
            ValueError: If their shapes don't fit.
        """
        return JOINS[self.layer](outputs)

    def forward(self, x: Tensor) -> Output:
        """What the branches make of an input (N, C, ..., T), joined."""
        y = self.join([_through(branch, x) for branch in self.branches])
        if self._shape is None:
            self.input_shape = tuple(x.shape[1:-1])
            self._shape = tuple(y.shape[1:-1])
        return self._logged(y)

    def to_spec(self) -> spec.Network:  # type: ignore[override]
        """The block alone as a network, behind an input layer."""
        layers: list[spec.Layer] = []
        self.append_to(layers)
        return spec.Network(layers)

    def export_hdf5(self, handle: h5py.Group) -> None:
        """Refuses: these are several layers, which only a whole network can hold."""
        raise NotImplementedError(
            f"{type(self).__name__} is several layers of a file; write the whole "
            "network with slayer.io.export"
        )

    def append_to(self, layers: list[spec.Layer]) -> None:
        """Appends the records of all branches, which begin at the last layer.

        Args:
            layers: Those of the network so far; an input layer stands in for none.

        Raises:
            ValueError: If a shape is not known yet, or a weight has no integer.
        """
        shape = self._known_shape()
        assert self.input_shape is not None
        if not layers:
            layers.append(spec.Input(self.input_shape))
        source, ends = len(layers) - 1, []
        for branch in (list(each.children()) for each in self.branches):
            if branch and len(layers) - 1 != source:
                # One source alone leads back to where the branches part.
                layers.append(spec.Concat(layers[source].shape, np.array([source])))
            append_layers(layers, branch, type(self).__name__)
            ends.append(len(layers) - 1 if branch else source)
        layers.append(self.layer(_like(shape, layers[ends[0]]), np.array(ends)))


class Residual(Branches):
    """Blocks with a skip connection around them: their output plus the input.

    Args:
        body: The blocks, one or several in their order.
        shortcut: Blocks on the skip connection, such as a convolution that changes the
            number of channels; None passes the input on.
        count_log: Return the mean event rate of the sum, too.
    """

    layer = spec.Add

    def __init__(
        self, body: Branch, shortcut: Branch = None, count_log: bool = False
    ) -> None:
        super().__init__([body, shortcut], count_log)


class Concat(Branches):
    """Blocks side by side whose outputs are joined along the channels.

    Args:
        branches: Blocks, one or several each; None passes the input on.
        count_log: Return the mean event rate, too.
    """

    layer = spec.Concat

    def __init__(self, *branches: Branch, count_log: bool = False) -> None:
        super().__init__(branches, count_log)


class Join(torch.nn.Module):
    """A layer of a file that joins the outputs of earlier ones.

    Args:
        layer: Its record.

    Attributes:
        sources: Indices of the layers joined.
        count_log: Return None as the mean event rate, too.
    """

    def __init__(self, layer: JoiningLayer) -> None:
        super().__init__()
        self.layer, self.count_log = layer, False
        self.sources = [int(index) for index in layer.sources]

    def forward(self, outputs: Sequence[Tensor]) -> Any:
        """The outputs of the sources, joined."""
        y = JOINS[type(self.layer)](outputs)
        return (y, None) if self.count_log else y

    def to_spec(self) -> JoiningLayer:
        """The record."""
        return self.layer


def add(outputs: Sequence[Tensor]) -> Tensor:
    """The sum in the order of the outputs, each addition rounded.

    Raises:
        ValueError: If shapes differ.
    """
    total = outputs[0]
    for other in outputs[1:]:
        if other.shape != total.shape:
            raise ValueError(
                f"outputs have shapes {tuple(total.shape)} and {tuple(other.shape)}, "
                "need the same to be added; give the shortcut a block that changes it"
            )
        total = total + other
    return total


def chain(outputs: Sequence[Tensor]) -> Tensor:
    """All channels, in the order of the outputs."""
    return torch.cat(list(outputs), dim=1)


JOINS: dict[type[JoiningLayer], Callable[[Sequence[Tensor]], Tensor]]
JOINS = {spec.Add: add, spec.Concat: chain}
"""How each layer of a file joins outputs."""


def _blocks(branch: Branch) -> list[Any]:
    if branch is None:
        return []
    if isinstance(branch, Iterable):
        return list(branch)
    return [branch]


def _through(blocks: Any, x: Tensor) -> Tensor:
    for block in blocks:
        y = block(x)
        x = y[0] if isinstance(y, tuple) else y
    return x


def _like(shape: tuple[int, ...], layer: spec.Layer) -> tuple[int, ...]:
    """The shape as the file has it: flat where the layers joined are."""
    return (math.prod(shape),) if len(layer.shape) == 1 else shape
