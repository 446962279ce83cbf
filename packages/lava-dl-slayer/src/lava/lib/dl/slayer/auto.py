"""Networks to train, made from ``.net`` files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import neuron as neurons
from lava.lib.dl.slayer.block._build import FAMILIES, from_spec
from lava.lib.dl.slayer.block._joined import Join
from lava.lib.dl.slayer.io import export
from lava.lib.dl.slayer.synapse._weights import Weights

__all__ = ["SequentialNetwork", "get_classes", "get_neuron_params"]


def get_classes(neuron_type: str | None = None) -> tuple[ModuleType, ModuleType]:
    """Modules of the neuron and of its blocks.

    Args:
        neuron_type: Type as in a file, such as ``"CUBA"``, which None means, too.

    Returns:
        ``slayer.neuron.<name>`` and ``slayer.block.<name>``.

    Raises:
        ValueError: If the type is unknown.
    """
    name = "CUBA" if neuron_type is None else neuron_type.upper()
    for record, family in FAMILIES.items():
        if name in (record.type, *getattr(record, "aliases", ())):
            return getattr(neurons, family.__name__.rsplit(".", 1)[-1]), family
    known = sorted({record.type for record in FAMILIES})
    raise ValueError(f"neuron_type is {neuron_type!r}; known are {', '.join(known)}")


def get_neuron_params(
    neuron_handle: Mapping[str, Any], neuron_class: ModuleType
) -> dict[str, Any]:
    """Arguments of the neuron that a file's ``neuron`` group describes.

    Args:
        neuron_handle: The group.
        neuron_class: Module of the neuron, from :func:`get_classes`.
    """
    values = {key: value[()] for key, value in neuron_handle.items()}
    return neuron_class.neuron_params(values)


class SequentialNetwork(torch.nn.Module):
    """A network with the layers of a file, one after the other or joined as it says.

    Args:
        network_config: Path of the file.
        persistent_state: Neurons keep their states from one call to the next.
        reduction: ``"sum"`` or ``"mean"`` over time, or None.
        weight_norm: Normalise the weights.
        count_log: Return the mean event rates of the layers, too.

    Attributes:
        blocks: The layers.

    Raises:
        ValueError: If the reduction is unknown.
        lava.lib.dl.spec.FormatError: If the file is not legal.
        NotImplementedError: If a layer has no block.
    """

    def __init__(
        self,
        network_config: str | os.PathLike[str],
        persistent_state: bool = False,
        reduction: str | None = None,
        weight_norm: bool = False,
        count_log: bool = False,
    ) -> None:
        super().__init__()
        if reduction not in (None, "sum", "mean"):
            raise ValueError(f"reduction is {reduction!r}; give 'sum', 'mean' or None")
        self.reduction = reduction
        self.count_log = count_log
        network = spec.read(network_config)
        blocks = [from_spec(x, persistent_state=persistent_state) for x in network]
        self.blocks = torch.nn.ModuleList(blocks)
        for block in blocks:
            block.count_log = count_log
        joins = [block for block in blocks if isinstance(block, Join)]
        self._sources = {index for join in joins for index in join.sources}
        if weight_norm:
            self._normalise()

    def _normalise(self) -> None:
        for module in self.modules():
            if isinstance(module, Weights):
                module.enable_weight_norm()

    def forward(self, x: Tensor) -> Any:
        """Runs all layers on an input (N, C, ..., T).

        Returns:
            The last layer's output, reduced to (N, C) if asked for; with
            ``count_log`` also the event rates, shape (1, layers that have one).
        """
        rates: list[Any] = []
        outputs: dict[int, Any] = {}
        for index, block in enumerate(self.blocks.children()):
            if isinstance(block, Join):
                x = block([outputs[i] for i in block.sources])
            else:
                x = block(x)
            if self.count_log:
                x, rate = x
                rates += [] if rate is None else [rate]
            if index in self._sources:
                outputs[index] = x
        x = self._reduced(x)
        return (x, torch.stack(rates).reshape(1, -1)) if self.count_log else x

    def _reduced(self, x: Tensor) -> Tensor:
        if self.reduction is None:
            return x
        rows = x.reshape(*x.shape[:2], -1)
        return rows.sum(dim=2) if self.reduction == "sum" else rows.mean(dim=2)

    def export_hdf5(self, filename: str | os.PathLike[str]) -> None:
        """Writes the network to a file, as ``slayer.io.export`` does."""
        export(self.blocks, filename)
