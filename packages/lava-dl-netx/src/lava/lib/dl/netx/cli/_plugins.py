"""``lava-dl plugins``: what other packages add."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import click

from lava.lib.dl.netx.cli._options import as_json_option
from lava.lib.dl.netx.cli._output import echo, echo_json
from lava.lib.dl.spec import plugins as registry


@click.command()
@click.option("--check", is_flag=True, help="Import each one.")
@as_json_option
def plugins(check: bool, as_json: bool) -> None:
    """List the plugins that installed packages declare."""
    rows = [describe(entry, check) for entry in found()]
    if as_json:
        echo_json(rows)
    elif not rows:
        echo("no plugins are installed")
    else:
        for row in rows:
            echo("  ".join(row.values()))
    if any("error" in row for row in rows):
        raise click.exceptions.Exit(2)


def found() -> Iterator[EntryPoint]:
    """The declared plugins that the environment allows, by group."""
    for group in registry.GROUPS:
        yield from registry.points(group).values()


def describe(entry: EntryPoint, check: bool) -> dict[str, str]:
    """One plugin in plain text."""
    version = entry.dist.version if entry.dist else "?"
    row = {
        "group": entry.group,
        "name": entry.name,
        "object": entry.value,
        "package": f"{registry.origin(entry)} {version}",
    }
    if check:
        row |= _load(entry)
    return row


def _load(entry: EntryPoint) -> dict[str, str]:
    try:
        entry.load()
    except Exception as error:  # A plugin may fail in any way at all.
        return {"error": f"{type(error).__name__}: {error}"}
    return {"status": "loads"}
