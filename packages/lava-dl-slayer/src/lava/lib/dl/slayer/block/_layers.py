"""The records of a network's layers, in order."""

from __future__ import annotations

from typing import Any

import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer.block._fold import folded


def append_layers(layers: list[spec.Layer], part: Any, name: str) -> None:
    """Appends the records of a part of the network, in order.

    Args:
        layers: Those of the network so far.
        part: A block, or blocks nested in containers.
        name: Of the part, for errors.

    Raises:
        ValueError: If it has no place in a file, or no known shape yet.
    """
    if hasattr(part, "append_to"):
        part.append_to(layers)
    elif hasattr(part, "to_spec"):
        part = folded(part)
        record = part.to_spec()
        warn = getattr(part, "warn_of_clipping", None)
        if warn is not None:
            warn(record)
        layers += record if isinstance(record, spec.Network) else [record]
    elif hasattr(part, "blocks"):
        append_layers(layers, part.blocks, f"{name}.blocks")
    elif isinstance(part, (torch.nn.Sequential, torch.nn.ModuleList, list, tuple)):
        for index, inner in enumerate(part):
            append_layers(layers, inner, f"{name}[{index}]")
    else:
        raise ValueError(
            f"{name} is {type(part).__name__}, which has no place in a file; needed "
            "are slayer's blocks, in a Sequential, a list or an attribute `blocks`"
        )
