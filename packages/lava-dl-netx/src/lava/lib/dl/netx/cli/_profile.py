"""``lava-dl profile``: where a network's work lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lava.lib.dl.netx.cli._options import (
    ARITHMETICS,
    input_options,
    network_options,
    prepare,
)
from lava.lib.dl.netx.cli._output import echo, echo_json, write_text


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("data", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--html", type=click.Path(path_type=Path), help="Write a page with rasters."
)
@click.option("--arithmetic", type=click.Choice(ARITHMETICS), default="trained")
@input_options
@network_options
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
