"""Blocks one after the other, as a network that can be exported."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer.io import export


class Network(torch.nn.Module):
    """Blocks one after the other.

    Args:
        blocks: The blocks.
        count_log: Return the event rates as well, as ``Assistant`` takes them.

    Attributes:
        blocks: The blocks.
    """

    def __init__(self, blocks: Iterable[Any], count_log: bool = False) -> None:
        super().__init__()
        self.blocks = torch.nn.ModuleList(blocks)
        self.count_log = count_log

    def forward(self, input: Tensor) -> Any:
        """The last block's output for an input (N, C, ..., T).

        With ``count_log`` also the share of values that aren't zero of each block's
        output, shape (1, blocks).
        """
        rates = []
        for block in self.blocks:
            input = block(input)
            rates.append((input.detach() != 0).float().mean())
        return (input, torch.stack(rates)[None]) if self.count_log else input

    def export_hdf5(self, filename: str | os.PathLike[str]) -> None:
        """Writes the network to a file, as ``slayer.io.export`` does."""
        export(self.blocks, filename)
