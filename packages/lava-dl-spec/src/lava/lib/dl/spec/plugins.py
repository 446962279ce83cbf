"""Finding what other packages add: records, blocks and runtimes of their own kinds.

A package names an object under one of the :data:`GROUPS` of entry points::

    [project.entry-points."lava.dl.schema"]
    "acme.leaky" = "acme_lava.schema:Leaky"

Nothing is imported before it is looked up by name. A plugin that can't be imported is
warned about and left out. ``LAVA_DL_PLUGINS=0`` in the environment switches all
plugins off, ``LAVA_DL_PLUGINS=acme-lava,other`` allows only those distributions.
"""

from __future__ import annotations

import os
import re
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUPS", "PluginWarning", "Registry", "available", "get", "register"]

GROUPS = ("lava.dl.schema", "lava.dl.blocks", "lava.dl.runtime")
"""Records of layers and neurons, and of neurons their blocks and native runtime.

Entries have the kind's name in the file.
"""
SWITCH = "LAVA_DL_PLUGINS"


class PluginWarning(UserWarning):
    """A plugin could not be loaded."""


class Registry:
    """Objects registered directly, and those found through entry points."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], Any] = {}

    def register(
        self, group: str, name: str, thing: Any, *, replace: bool = False
    ) -> None:
        """Add an object without packaging it.

        Args:
            group: One of :data:`GROUPS`.
            name: Name it is looked up by, the kind's type in the file.
            thing: The object.
            replace: Whether it may take the place of another of the same name.

        Raises:
            ValueError: The group is unknown, or the name is taken.
        """
        check_group(group)
        if (group, name) in self._objects and not replace:
            raise ValueError(
                f"{name!r} is registered in {group} already; pass replace=True to "
                "put this one in its place"
            )
        self._objects[group, name] = thing

    def get(self, group: str, name: str) -> Any | None:
        """The object of that name, imported now if need be, or None."""
        check_group(group)
        if (group, name) not in self._objects:
            point = points(group).get(name)
            if point is None:
                return None
            self._objects[group, name] = load(point)
        return self._objects[group, name]

    def available(self, group: str) -> dict[str, str]:
        """Names in a group and the distribution each comes from."""
        check_group(group)
        installed = {name: origin(point) for name, point in points(group).items()}
        direct = {name: "" for g, name in self._objects if g == group}
        return direct | installed


def check_group(group: str) -> None:
    """Refuse a group that nobody would look into."""
    if group not in GROUPS:
        raise ValueError(f"unknown plugin group {group!r}; one of {', '.join(GROUPS)}")


def points(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group that the environment allows, by name."""
    from importlib.metadata import entry_points  # half as slow to import as all of spec

    switch = os.environ.get(SWITCH, "").strip()
    if switch == "0":
        return {}
    allowed = {canonical(n) for n in switch.split(",") if n.strip()}
    return {
        point.name: point
        for point in entry_points(group=group)
        if not allowed or canonical(origin(point)) in allowed
    }


def canonical(name: str) -> str:
    """A distribution's name as package indices compare it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def origin(point: EntryPoint) -> str:
    """The distribution an entry point belongs to."""
    return point.dist.name if point.dist is not None else ""


def load(point: EntryPoint) -> Any | None:
    """Import a plugin; a broken one is warned about and counts as absent."""
    try:
        return point.load()
    except Exception as error:
        warnings.warn(
            f"plugin {point.name!r} of {origin(point)!r} (group {point.group}) can't "
            f"be loaded: {error!r}; set {SWITCH}=0 to switch plugins off",
            PluginWarning,
            stacklevel=4,
        )
        return None


_registry = Registry()
register = _registry.register
get = _registry.get
available = _registry.available
