"""Fails where the built reference leaves out a public name.

Public are the names in the ``__all__`` of every module whose path has no underscore,
and the methods and properties of those classes that are defined here.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sphinx.util.inventory import InventoryFile

PACKAGES = ("spec", "core", "slayer", "bootstrap", "netx")
PREFIX = "lava.lib.dl."
NEED_LAVA = ("netx.hdf5", "netx.blocks")
"""Described all the same; importing them takes lava-nc."""


def listed(inventory: Path) -> set[str]:
    """Full names of all that the reference describes."""
    with inventory.open("rb") as file:
        found = InventoryFile.load(file, "", lambda base, path: path)
    return {n for kind, names in found.items() if kind.startswith("py:") for n in names}


COMMANDS = "netx.cli"
"""Described by its options, on a page of its own."""


def needs_lava(name: str) -> bool:
    """Whether a name can't be imported without lava-nc."""
    return name.removeprefix(PREFIX).startswith(NEED_LAVA)


def modules() -> Iterator[ModuleType]:
    """All public modules."""
    for package in PACKAGES:
        root = importlib.import_module(PREFIX + package)
        walked = pkgutil.walk_packages(root.__path__, f"{root.__name__}.")
        for name in (root.__name__, *(each.name for each in walked)):
            inner = name.removeprefix(PREFIX)
            hidden = any(part.startswith("_") for part in inner.split("."))
            if not hidden and not needs_lava(name) and inner != COMMANDS:
                yield importlib.import_module(name)


def resolved(name: str) -> Any:
    """The object of a full name, or None where it can't be imported."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:end]))
            for part in parts[end:]:
                found = getattr(found, part)
        except Exception:  # A property of a class may raise anything.
            continue
        return found
    return None


def own_members(owner: type) -> Iterator[str]:
    """Public methods and properties that classes of these packages define."""
    kinds = (property, classmethod, staticmethod)
    for base in owner.__mro__:
        if base.__module__.startswith(PREFIX):
            for name, value in vars(base).items():
                called = inspect.isfunction(value) or isinstance(value, kinds)
                if called and not name.startswith("_"):
                    yield name


def missing(names: set[str]) -> Iterator[str]:
    """Full names that ought to be described and aren't."""
    described = {id(resolved(name)) for name in names}
    members: dict[int, set[str]] = {}
    for name in names:
        owner, _, member = name.rpartition(".")
        for base in getattr(resolved(owner), "__mro__", ()):  # shown by a subclass, too
            members.setdefault(id(base), set()).add(member)
    for module in modules():
        for entry in getattr(module, "__all__", ()):
            name = f"{module.__name__}.{entry}"
            value = None if needs_lava(name) else getattr(module, entry)
            if value is None or inspect.ismodule(value):
                continue
            if name not in names and id(value) not in described:
                yield name
            elif inspect.isclass(value):
                shown = set().union(*(members.get(id(b), ()) for b in value.__mro__))
                yield from (f"{name}.{m}" for m in own_members(value) if m not in shown)


def main(inventory: str) -> None:
    """Prints what is missing."""
    left_out = sorted(set(missing(listed(Path(inventory)))))
    print(*left_out, f"{len(left_out)} public names missing", sep="\n")
    sys.exit(bool(left_out))


if __name__ == "__main__":
    main(*sys.argv[1:])
