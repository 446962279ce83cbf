"""A trained network into a ``.net`` file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer.block._layers import append_layers
from lava.lib.dl.spec.files import replacing

_under_way: ContextVar[tuple[int, ...]] = ContextVar(
    "networks whose own export runs", default=()
)


def export(
    net: torch.nn.Module | Iterable[Any], path: str | os.PathLike[str]
) -> spec.Network:
    """Writes a network to a ``.net`` file, checked, with its version and plugins.

    An existing file is replaced once all is written; until then it stays as it is.

    Args:
        net: A block; a ``Sequential``, list or other module whose ``blocks`` are such,
            nested as deep as you like; or a module with an ``export_hdf5(filename)`` of
            its own, which then decides what stands in the file.
        path: Where to write.

    Returns:
        The network as it stands in the file.

    Raises:
        FormatError: Layers don't fit each other.
        ValueError: A part has no place in a file, or no known shape yet.
        OSError: The file can't be written.

    >>> import lava.lib.dl.slayer as slayer
    >>> neuron = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
    >>> network = export([slayer.block.cuba.Dense(neuron, 64, 10)], "dense.net")
    >>> network[0].weight.shape
    (10, 64)
    """
    if _has_own_export(net):
        return _export_own(net, path)
    layers: list[spec.Layer] = []
    append_layers(layers, net, type(net).__name__)
    network = spec.Network(layers)
    _check(network)
    spec.write(network, path)
    return network


def _check(network: spec.Network) -> None:
    problems = network.problems()
    if any(p.severity == "error" for p in problems):
        raise spec.FormatError(problems)
    for problem in problems:
        warnings.warn(str(problem), stacklevel=4)


def _has_own_export(net: Any) -> bool:
    is_running = id(net) in _under_way.get()
    return (
        hasattr(net, "export_hdf5") and not hasattr(net, "to_spec") and not is_running
    )


def _export_own(net: Any, path: str | os.PathLike[str]) -> spec.Network:
    """Take over the file that the network writes by itself."""
    import h5py

    token = _under_way.set((*_under_way.get(), id(net)))
    try:
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "network.net"
            net.export_hdf5(str(written))
            network = spec.read(written)
            _check(network)
            with h5py.File(written, "r+") as file:
                spec.write_header(file, network)
            content = written.read_bytes()
    finally:
        _under_way.reset(token)
    with replacing(path) as target:
        target.write(content)
    return network
