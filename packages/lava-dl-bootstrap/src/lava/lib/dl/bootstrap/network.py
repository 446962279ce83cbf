"""Blocks in a row, and the picture of what they were fitted to."""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from torch import Tensor

from lava.lib.dl.bootstrap.block.base import AbstractBlock
from lava.lib.dl.bootstrap.routine import LayerMode, Mode
from lava.lib.dl.slayer.io import export

__all__ = ["Network", "plot"]


class Network(torch.nn.Module):
    """Blocks in a row, fed with data that stay the same over time.

    Where a spiking block meets one that runs as ANN, single steps are repeated and
    spikes averaged, so that any crossover works.

    Args:
        blocks: the blocks.
        steps: time steps of a sample in the spiking blocks.

    Raises:
        ValueError: if ``steps`` is below 1.
    """

    def __init__(self, blocks: Iterable[torch.nn.Module], steps: int = 16) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"steps is {steps}; needed is 1 or more")
        self.blocks = torch.nn.ModuleList(blocks)
        self.steps = steps

    def forward(self, x: Tensor, mode: LayerMode | Mode = Mode.SNN) -> Tensor:
        """Output of data of shape (N, C, ...), averaged over time.

        Args:
            x: the data, without time.
            mode: what ``Scheduler.mode`` gave, or one mode for all blocks.

        Returns:
            Means over time, shape (N, outputs).
        """
        modes = LayerMode(0, mode) if isinstance(mode, Mode) else mode
        x = x.unsqueeze(-1)
        for block, block_mode in zip(self.blocks, modes, strict=False):
            x = block(self._paced(x, block_mode), mode=block_mode)
        return x.mean(dim=-1)

    def _paced(self, x: Tensor, mode: Mode) -> Tensor:
        """One step for an ANN, all steps for spikes."""
        spiking = mode in (Mode.SNN, Mode.SAMPLE)
        if spiking and x.shape[-1] != self.steps:
            return x.expand(*x.shape[:-1], self.steps)
        return x if spiking or x.shape[-1] == 1 else x.mean(dim=-1, keepdim=True)

    def export_hdf5(self, filename: str | os.PathLike[str]) -> None:
        """Writes the spiking network as a ``.net`` file.

        Args:
            filename: where to; an existing file is replaced once all is written.

        Raises:
            ValueError: if a shape is not known yet: run the network once before.
        """
        export(self.blocks, filename)


def plot(
    blocks: Iterable[torch.nn.Module], figsize: tuple[float, float] | None = None
) -> None:
    """Draws each layer's fitted activation over its samples, in one figure.

    Args:
        blocks: the network's blocks; those without samples are left out.
        figsize: size of the figure in inches.

    Raises:
        ValueError: if no block has samples.
    """
    import matplotlib.pyplot as plt

    sampled = [
        (f"{index}: {type(block).__name__}", block.f)
        for index, block in enumerate(blocks)
        if isinstance(block, AbstractBlock) and block.f.a.size
    ]
    if not sampled:
        raise ValueError("nothing to plot: run the network in Mode.SAMPLE first")
    size = figsize or (4 * len(sampled), 3.2)
    _, axes = plt.subplots(
        1, len(sampled), figsize=size, squeeze=False, layout="constrained"
    )
    for axis, (title, sampler) in zip(axes[0], sampled, strict=True):
        sampler.draw(axis)
        axis.set(title=title, xlabel="mean drive", ylabel="mean rate")
    for handle in axes[0, 0].legend().legend_handles:
        handle.set_alpha(1)
