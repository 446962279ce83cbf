"""``lava-dl convert``: to and from NIR."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def convert(source: Path, target: Path) -> None:
    """Write SOURCE as TARGET: .net to .nir or back, by their suffixes.

    NIR takes chains of dense, recurrent and convolution layers of CUBA neurons,
    without graded spikes; a file takes chains of Linear, Affine, Conv2d, Flatten,
    Delay, CubaLIF, LIF and IF, with weights that fit 8 bits. Anything else is
    refused by name, and what is rounded is told. A step is 1 ms.
    """
    from lava.lib.dl.netx import convert as converters

    pair = source.suffix.lower(), target.suffix.lower()
    if pair == (".net", ".nir"):
        notes = converters.to_nir(source, target)
    elif pair == (".nir", ".net"):
        notes = converters.from_nir(source, target)
    else:
        raise click.UsageError(
            f"can't convert {source.name} to {target.name}: one must end in .net, the "
            "other in .nir"
        )
    for note in notes:
        click.echo(f"note: {note}")
    click.echo(f"{source} -> {target}")
