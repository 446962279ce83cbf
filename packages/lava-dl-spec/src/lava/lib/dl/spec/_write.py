"""Writing networks and layers."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

import numpy as np

from lava.lib.dl.spec import plugins
from lava.lib.dl.spec._record import Item, Record, items
from lava.lib.dl.spec.files import replacing
from lava.lib.dl.spec.layers import Layer, NeuronLayer, SynapseLayer, Unwritten
from lava.lib.dl.spec.network import EXTENSIONS, FORMAT_VERSION, Network
from lava.lib.dl.spec.neurons import Neuron

if TYPE_CHECKING:
    import h5py

VERSION = "1.0"


def write(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network; the file is the old one or the new one, never part of either.

    Args:
        network: What to write.
        path: Where to; an existing file is replaced in one step, as
            `lava.lib.dl.spec.files.replacing` says.

    Raises:
        OSError: The file can't be written.
    """
    content = image_of(network)
    with replacing(path) as file:
        file.write(content)


def image_of(network: Network) -> bytes:
    """A file's bytes; made in memory, since libhdf5 crashes on a full disk."""
    import h5py  # which only writers need

    name = secrets.token_hex(8)  # libhdf5 takes files of one name for the same
    with h5py.File(name, "w", driver="core", backing_store=False) as file:
        write_network(file, network)
        file.flush()
        content: bytes = file.id.get_file_image()
        return content


def write_network(file: h5py.Group, network: Network) -> None:
    """Fill an empty file with a network."""
    write_header(file, network)
    group = file.create_group("layer")
    for index, layer in enumerate(network.layers):
        write_layer(group.create_group(str(index)), layer)
    if network.simulation is not None:
        write_record(file.create_group("simulation"), network.simulation)


def write_header(file: h5py.Group, network: Network) -> None:
    """Write what a file says of the network as a whole.

    That is the format's version and the plugins that a reader needs; `write` does it,
    files that were filled layer by layer may lack it.

    Args:
        file: The open file.
        network: What it holds.
    """
    file.attrs[FORMAT_VERSION.name] = attribute_value(VERSION)
    if required := extensions(network):
        file.attrs[EXTENSIONS.name] = attribute_value(",".join(required))


def extensions(network: Network) -> list[str]:
    """The plugin kinds a reader needs, each as ``type=distribution``."""
    neurons = [getattr(layer, "neuron", None) for layer in network.layers]
    types = {r.type for r in (*network.layers, *neurons) if r is not None}
    added = sorted(name for name in types if "." in name)
    known = plugins.available("lava.dl.schema") if added else {}
    return [f"{name}={known.get(name, '')}" for name in added]


def write_layer(group: h5py.Group, layer: Layer) -> None:
    """Write one layer into an empty group.

    Args:
        group: The layer's group, such as ``file.create_group("layer/0")``.
        layer: What to write.
    """
    if isinstance(layer, Unwritten):
        return
    name = layer.type.encode("ascii")
    group["type"] = np.array([name], dtype=f"S{max(10, len(name))}")
    write_record(group, layer)
    if isinstance(layer, NeuronLayer) and layer.neuron is not None:
        write_neuron(group.create_group("neuron"), layer.neuron)


def write_neuron(group: h5py.Group, neuron: Neuron) -> None:
    """Write one neuron into an empty group."""
    group["type"] = neuron.type
    write_record(group, neuron)


def write_record(group: h5py.Group, record: Record) -> None:
    """Write a record's fields and the values that follow from them."""
    for name, (_, item) in items(type(record)).items():
        value = getattr(record, name)
        if item.attribute:
            if value != default_of(record, name):
                group.attrs[item.name] = attribute_value(value)
        elif value is not None:
            group[path_of(item, record)] = stored(item, record, value)
    for source, item in record.derived:
        group[item.name] = item.codec.encode(getattr(record, source))


def attribute_value(value: Any) -> Any:
    """The value of an attribute; texts are of fixed length, safe for any reader."""
    return np.bytes_(value.encode()) if isinstance(value, str) else value


def path_of(item: Item, record: Record) -> str:
    """Where the value stands, which for weights depends on being complex."""
    is_complex = isinstance(record, SynapseLayer) and record.is_complex
    return item.complex_name if item.complex_name and is_complex else item.name


def default_of(record: Record, name: str) -> Any:
    """What a file says by not having the attribute."""
    dynamic = getattr(record, f"default_{name}", None)
    return items(type(record))[name][0].default if dynamic is None else dynamic


def stored(item: Item, record: Record, value: Any) -> Any:
    """The value as h5py takes it."""
    if item.name == "shape" and isinstance(record, Layer):
        value = record.stored_shape
    return item.codec.encode(value)
