"""Reading networks and layers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lava.lib.dl.spec import _guard, plugins
from lava.lib.dl.spec._codec import (
    Array,
    Checked,
    Codec,
    RejectError,
    Text,
    decode_text,
)
from lava.lib.dl.spec._hdf5 import Data, Group, group_of, is_handle, opened
from lava.lib.dl.spec._problem import WARNING, FormatError, Problem, problem
from lava.lib.dl.spec._record import Item, Record, items
from lava.lib.dl.spec._registry import layer_kind, neuron_kind
from lava.lib.dl.spec.layers import Layer, NeuronLayer, Unwritten
from lava.lib.dl.spec.network import EXTENSIONS, FORMAT_VERSION, Network, Simulation
from lava.lib.dl.spec.neurons import Cuba, Neuron, Sigma, SigmaDelta

if TYPE_CHECKING:
    import h5py
from lava.lib.dl.spec.text import printable

R = TypeVar("R", bound=Record)
T = TypeVar("T")
MAX_LAYERS = 2**12
MAX_UNKNOWN = 20
"""Unknown fields of a group that are named one by one."""
LONGEST_NAME = 60
MAJOR = 1
DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
OLDER_FIELDS = {Cuba: ("wgtExp", "theta", "scaleRho", "tauRho")}
"""What older files hold beside a kind's fields, without a meaning (4.1)."""


def read(source: str | os.PathLike[str] | h5py.Group) -> Network:
    """Read a network.

    Args:
        source: Path of a ``.net`` file, or an open HDF5 file.

    Returns:
        The network, older layouts brought into today's.

    Raises:
        FormatError: The content is not a legal network.
        FileNotFoundError: There is no such file.

    >>> from lava.lib.dl import spec
    >>> layer = spec.Dense((1,), [[64, -32]], neuron=spec.Cuba(4096, 410, 80))
    >>> spec.write(spec.Network([layer]), "small.net")
    >>> spec.read("small.net")[0].weight.tolist()
    [[64, -32]]
    """
    network, problems = scan(source)
    if network is None:
        raise FormatError(problems)
    return network


def read_layer(group: h5py.Group) -> Layer:
    """Read one layer group.

    Args:
        group: The layer's group, such as ``file["layer/0"]``.

    Returns:
        The layer.

    Raises:
        FormatError: The group is not a legal layer.
    """
    problems: list[Problem] = []
    layer = guarded(problems, "", lambda: _opened(group, problems, _layer))
    if not isinstance(layer, Layer) or any(p.severity == "error" for p in problems):
        raise FormatError(problems)
    return layer


def scan(source: Any) -> tuple[Network | None, list[Problem]]:
    """Read what can be read and list all problems; never raises on bad content."""
    problems: list[Problem] = []
    if not is_handle(source) and not Path(source).is_file():
        raise FileNotFoundError(f"there is no file {str(source)!r} to read")
    network = guarded(problems, "/", lambda: _opened(source, problems, _network))
    errors = any(p.severity == "error" for p in problems)
    return (None if errors else network), problems


def guarded(problems: list[Problem], path: str, action: Any) -> Any:
    """Run an action; whatever it raises on hostile content becomes a problem."""
    try:
        return action()
    except RejectError as reject:
        where = "/".join(filter(None, (path.rstrip("/"), reject.path)))
        problems.append(problem(reject.code, where or path, str(reject)))
    except FormatError as error:
        problems.extend(p.under(path) if path else p for p in error.problems)
    return None


@contextmanager
def below(problems: list[Problem], path: str) -> Iterator[list[Problem]]:
    """Problems of a group, noted with the path of the group in the end."""
    inner: list[Problem] = []
    yield inner
    problems.extend(p.under(path) for p in inner)


@contextmanager
def located(name: str) -> Iterator[None]:
    """Say where below the object being read a value was refused."""
    try:
        yield
    except RejectError as reject:
        reject.path = name
        raise


def _opened(source: Any, problems: list[Problem], part: Callable[..., T]) -> T:
    _guard.settle(source)
    with opened(source) as group:
        return part(group, problems)


def _network(file: Group, problems: list[Problem]) -> Network | None:
    check_version(file)
    with located("/layer"):
        top = file.child("layer")
        if top is None:
            raise RejectError("no-layers", "there is no group 'layer'")
        top = group_of(top)
        names = layer_names(top)
    layers: list[Layer] = []
    addresses = {file.address, top.address}
    for name in names:
        path = f"/layer/{name}"
        layer = guarded(
            problems, path, lambda n=name: _member(top, n, problems, addresses)
        )
        if isinstance(layer, Layer):
            layers.append(layer)
    simulation = guarded(problems, "/simulation", lambda: _simulation(file, problems))
    return Network(layers, simulation)


def check_version(file: Group) -> None:
    """Refuse files of a later major version; files without one are older ones."""
    stored = file.attribute(FORMAT_VERSION.name)
    if stored is None:
        return
    text = FORMAT_VERSION.codec.coerce(stored)
    major, _, minor = text.partition(".")
    if not (major.isdecimal() and minor.isdecimal()) or int(major) != MAJOR:
        raise RejectError(
            "version", f"format version {text!r}; this reader knows {MAJOR}.x"
        )


def _member(
    top: Group, name: str, problems: list[Problem], addresses: set[int]
) -> Layer | None:
    group = group_of(top.child(name))
    if group.address in addresses:
        raise RejectError("cycle", "the group is stored under two names; copy it")
    addresses.add(group.address)
    with below(problems, f"/layer/{name}") as inner:
        return _layer(group, inner)


def layer_names(top: Group) -> list[str]:
    """The indices 0, 1, ... as names, in numeric order."""
    names = list(top.members)
    if not names:
        raise RejectError("no-layers", "the group 'layer' is empty")
    if len(names) > MAX_LAYERS:
        raise RejectError("limit", f"{len(names)} layers; {MAX_LAYERS} at most")
    indices = [str(index) for index in range(len(names))]
    odd = sorted(set(names) - set(indices))
    if odd:
        raise RejectError(
            "layer-index",
            f"the {len(names)} layers must be named 0, 1, ...; found {odd[0]!r}",
        )
    return indices


def _simulation(file: Group, problems: list[Problem]) -> Simulation | None:
    member = file.child("simulation")
    if member is None:
        return None
    with below(problems, "/simulation") as inner:
        arguments = fields_of(group_of(member), Simulation, inner)
        return None if inner else Simulation(**arguments)


def _layer(group: Group, problems: list[Problem]) -> Layer | None:
    if not group.members:
        return Unwritten()
    kind = kind_of(layer_kind, "layer", group)
    arguments = fields_of(group, kind, problems)
    if issubclass(kind, NeuronLayer):
        inner: list[Problem] = []
        arguments["neuron"] = guarded(inner, "neuron", lambda: _neuron(group, inner))
        problems.extend(inner)
    problems.extend(unknown_fields(group, kind))
    return build(kind, arguments, group, problems)


def unknown_fields(group: Group, kind: type[Record]) -> Iterator[Problem]:
    """What a layer's or neuron's group holds that no declaration names."""
    hashable: Any = kind
    data, marks = names_of(hashable)
    unknown = [(name, data) for name in group.members if name not in data]
    unknown += [(name, marks) for name in group.marks if name not in marks]
    for name, known in unknown[:MAX_UNKNOWN]:
        near = get_close_matches(name[:LONGEST_NAME], sorted(known), 1, 0.7)
        advice = f"; is {near[0]!r} meant?" if near else ""
        short = printable(name[:LONGEST_NAME])
        told = f"'{short}' is no field of {kind.type!r}{advice}"
        yield problem("unknown-field", short, told, WARNING)
    if len(unknown) > MAX_UNKNOWN:
        told = f"{len(unknown) - MAX_UNKNOWN} more names are no fields of {kind.type!r}"
        yield problem("unknown-field", "", told, WARNING)


@cache
def names_of(kind: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the data sets and groups, and of the attributes, of a kind."""
    known = [item for _, item in items(kind).values()]
    known += [item for _, item in kind.derived]
    reserved = ("type", "neuron") if issubclass(kind, NeuronLayer) else ("type",)
    older = OLDER_FIELDS.get(kind, ())
    data = {item.name.partition("/")[0] for item in known if not item.attribute}
    marks = {item.name for item in known if item.attribute}
    return frozenset({*data, *reserved, *older}), frozenset(marks)


def kind_of(find: Callable[[str], type[R] | None], what: str, group: Group) -> type[R]:
    """The record of a layer's or a neuron's type."""
    with located("type"):
        name = type_of(group)
        kind = find(name) if "." not in name or _is_installed(name, group) else None
        if kind is None:
            code = "extension" if "." in name else f"unknown-{what}"
            told = f"unknown {what} type {name!r}{advice(group, name)}"
            raise RejectError(code, told)
        return kind


def _is_installed(name: str, group: Group) -> bool:
    """Whether there is such a plugin; they are listed once for all of a file."""
    shared = group.source.shared
    if "plugins" not in shared:
        shared["plugins"] = plugins.available("lava.dl.schema")
    return name in shared["plugins"]


def type_of(group: Group) -> str:
    """The type a layer or neuron names."""
    data = group.child("type")
    if data is None:
        raise RejectError("missing", "the group has no 'type'")
    return decode_text(_guard.text_of(data))


def _neuron(group: Group, problems: list[Problem]) -> Neuron | None:
    member = group.child("neuron")
    if member is None:
        return None
    group = group_of(member)
    kind: type[Neuron] = kind_of(neuron_kind, "neuron", group)
    if kind in (Sigma, SigmaDelta):
        marked = group.child("sigma_output") is not None
        kind = Sigma if marked else SigmaDelta
    with below(problems, "neuron") as inner:
        neuron = build(kind, fields_of(group, kind, inner), group, inner)
        inner.extend(unknown_fields(group, kind))
        return neuron


def advice(group: Group, name: str) -> str:
    """Which distribution knows a plugin's kind, if the file says so."""
    if "." not in name:
        return "; a misspelling, or a file of a newer format"
    listed = group.file().attribute(EXTENSIONS.name)
    text = "" if listed is None else EXTENSIONS.codec.coerce(listed)
    entries = text.split(",")
    named = dict(entry.partition("=")[::2] for entry in entries)
    origin = named.get(name, "")
    if not DISTRIBUTION.fullmatch(origin):
        return "; no plugin that is installed registers it"
    return (
        f"; no plugin that is installed registers it. The file says it comes from "
        f"{origin!r}: find out whose that is before you install it"
    )


def build(
    kind: type[R], arguments: dict[str, Any], group: Group, problems: list[Problem]
) -> R | None:
    """Make the record, unless a field is wrong or missing already."""
    if any(p.severity == "error" for p in problems):
        return None
    record = kind(**arguments)
    for source, item in kind.derived:
        computed = getattr(record, source)
        with located(item.name):
            data = group.child(item.name)
            absent = data is None or is_empty(data)
            stored = computed if absent else value_of(data, item.codec).value
        if stored != computed:
            text = f"{item.name} is {stored}, but the weights say {computed}"
            problems.append(problem("features", item.name, text))
    return record


def fields_of(
    group: Group, kind: type[Record], problems: list[Problem]
) -> dict[str, Any]:
    """The declared fields that the group holds."""
    fields: dict[str, Any] = {}
    for name, (spec, item) in items(kind).items():
        needed = spec.default is MISSING
        value = guarded(
            problems, item.name, lambda i=item, n=needed: field_of(group, i, n)
        )
        if value is not None:
            fields[name] = value
        elif needed and not _named(problems, item.name):
            problems.append(problem("missing", item.name, f"{item.name} is missing"))
    return fields


def _named(problems: list[Problem], path: str) -> bool:
    return any(p.path == path for p in problems)


def field_of(group: Group, item: Item, needed: bool) -> Checked | None:
    """The value of one field, or None where the file doesn't say."""
    if item.attribute:
        value = group.attribute(item.name)
        return None if value is None else Checked(item.codec.coerce(value))
    data = group.child(item.name)
    if isinstance(data, Group) and item.complex_name:
        data = group.child(item.complex_name)
    if data is None or (not needed and is_empty(data)):
        return None
    return value_of(data, item.codec)


def is_empty(data: Any) -> bool:
    """Whether a writer left a data set without a value (null data space)."""
    return isinstance(data, Data) and data.is_null


def value_of(data: Any, codec: Codec) -> Checked:
    """The value of a data set, the same object under all its names."""
    known = data.source.shared if isinstance(data, Data) else {}
    key = getattr(data, "address", None), codec
    if key not in known:
        known[key] = Checked(_decoded(data, codec))
    checked: Checked = known[key]
    return checked


def _decoded(data: Any, codec: Codec) -> Any:
    if isinstance(codec, Text):
        return codec.coerce(_guard.text_of(data))
    if isinstance(codec, Array):
        return codec.arrange(_guard.integers(data, codec.limits))
    return codec.coerce(_guard.numbers(data), truncate=True)
