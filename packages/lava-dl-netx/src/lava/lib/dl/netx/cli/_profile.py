"""``lava-dl profile``: where a network's work lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lava.lib.dl.netx.cli._options import PATH, as_json_option, prepare, run_options
from lava.lib.dl.netx.cli._output import echo, echo_json, write_text


@click.command()
@click.argument("file", type=PATH)
@click.argument("data", metavar="INPUT", type=PATH)
@as_json_option
@click.option("--html", type=PATH, help="Write a page with rasters.")
@run_options
def profile(
    file: Path,
    data: Path,
    as_json: bool,
    html: Path | None,
    arithmetic: str,
    **options: Any,
) -> None:
    """Count events and operations of FILE on INPUT."""
    from lava.lib.dl.netx._profile import profile as measure

    net, spikes, how = prepare(file, data, arithmetic, options)
    result = measure(net, spikes, **how)
    if html is not None:
        write_text(html, result.to_html())
    if as_json:
        echo_json(result.to_dict())
    else:
        echo(str(result))
