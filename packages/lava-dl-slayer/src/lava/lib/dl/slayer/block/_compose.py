"""Makes the blocks of a neuron from its family and the layer kinds."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from lava.lib.dl.slayer.block._block import Block, Family
from lava.lib.dl.slayer.block._simple import Rearranged


def block(family: type[Family], layer: type[Block], name: str = "") -> Any:
    """The block of a family's neuron with a layer's synapse.

    Args:
        family: Description of the neuron.
        layer: The layer kind, ``AbstractX``.
        name: Name of the block if not ``X``.

    Returns:
        A class ``X`` of the family's module, derived from both, or from the layer
        alone where that has no neurons.
    """
    name = name or block_name(layer)
    body = {
        "__module__": family.__module__,
        "__qualname__": name,
        "__doc__": inspect.getdoc(layer),
        "__signature__": _signature(family, layer),
    }
    bases = (layer,) if issubclass(layer, Rearranged) else (family, layer)
    return type(name, bases, body)


def block_name(layer: type[Block]) -> str:
    """What blocks of a layer kind are called."""
    return layer.__name__.removeprefix("Abstract")


def blocks(family: type[Family], layers: Sequence[type[Block]]) -> Any:
    """The blocks of a family's neuron with several layers' synapses, in order."""
    return [block(family, layer) for layer in layers]


def _signature(family: type[Family], layer: type[Block]) -> inspect.Signature:
    """The layer's signature with the defaults that the family changes."""
    signature = inspect.signature(layer)
    changed = [
        p.replace(default=family.defaults.get(p.name, p.default))
        for p in signature.parameters.values()
    ]
    return signature.replace(parameters=changed)
