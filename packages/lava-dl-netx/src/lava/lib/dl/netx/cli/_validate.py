"""``lava-dl validate``: what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import click

from lava.lib.dl import spec
from lava.lib.dl.netx.cli._options import PATH, as_json_option
from lava.lib.dl.netx.cli._output import echo, echo_json


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option(
    "--profile",
    default="format",
    show_default=True,
    help="What the file is held against.",
)
@as_json_option
def validate(files: tuple[Path, ...], profile: str, as_json: bool) -> None:
    """List the problems of FILES; exit code 2 if any is an error."""
    by_path = {str(path): spec.validate(path, profile) for path in files}
    if as_json:
        echo_json({p: [one.to_dict() for one in by_path[p]] for p in by_path})
    else:
        for path, problems in by_path.items():
            _print(path, problems)
    if any(p.severity == "error" for problems in by_path.values() for p in problems):
        raise click.exceptions.Exit(2)


def _print(path: str, problems: list[spec.Problem]) -> None:
    if not problems:
        echo(f"{path}: valid")
    for problem in problems:
        echo(f"{path}: {problem.severity}: {problem}")
