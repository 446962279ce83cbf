"""What a plugin declares its kinds with: fields, and what each may hold.

::

    @dataclass(frozen=True, eq=False)
    class Leaky(spec.Neuron):
        type: ClassVar[str] = "acme.leaky"
        leak: int = field(metadata=dataset("leak", Integer(low=0, high=99), "leak"))
"""

from lava.lib.dl.spec._codec import (
    Array,
    Channels,
    Flag,
    Integer,
    Pair,
    Reals,
    Shape,
    Text,
)
from lava.lib.dl.spec._problem import problem
from lava.lib.dl.spec._record import Item, Record, attribute, dataset, derived, items
from lava.lib.dl.spec._registry import layer_kinds, neuron_kinds
from lava.lib.dl.spec._schema import schema

__all__ = [
    "Array",
    "Channels",
    "Flag",
    "Integer",
    "Item",
    "Pair",
    "Reals",
    "Record",
    "Shape",
    "Text",
    "attribute",
    "dataset",
    "derived",
    "items",
    "layer_kinds",
    "neuron_kinds",
    "problem",
    "schema",
]
