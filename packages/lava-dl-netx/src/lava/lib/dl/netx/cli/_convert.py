"""``lava-dl convert``: to and from NIR."""

from __future__ import annotations

from pathlib import Path

import click

from lava.lib.dl.netx.cli._options import PATH, Sizes
from lava.lib.dl.netx.cli._output import echo

PAIRS = ((".net", ".nir"), (".nir", ".net"))


@click.command()
@click.argument("source", type=PATH)
@click.argument("target", type=PATH)
@click.option(
    "--dt",
    type=click.FloatRange(min=0, min_open=True),
    default=1e-3,
    show_default=True,
    help="Seconds per step.",
)
@click.option(
    "--input-shape",
    type=Sizes(),
    metavar="C,H,W",
    help="Shape of the input without batch and time, where SOURCE doesn't say it.",
)
@click.option(
    "--weight-scale",
    type=click.IntRange(1, 2**16),
    help="Units of weights in 1.0 in a .net file; by default each layer gets the one "
    "that loses least.",
)
def convert(
    source: Path,
    target: Path,
    dt: float,
    input_shape: tuple[int, ...] | None,
    weight_scale: int | None,
) -> None:
    """Write SOURCE as TARGET: .net to .nir or back, by their suffixes.

    NIR takes chains of dense, recurrent, convolution and pooling layers of CUBA
    neurons, without graded spikes; a file takes chains of Linear, Affine, Scale,
    Conv1d, Conv2d, SumPool2d, AvgPool2d, Flatten, Delay, CubaLIF, CubaLI, LIF, LI, IF,
    I and Threshold. Anything else is refused by name, and what is rounded is told.
    """
    from lava.lib.dl.netx import convert as converters

    pair = source.suffix.lower(), target.suffix.lower()
    if pair not in PAIRS:
        raise click.UsageError(
            f"can't convert {source.name} to {target.name}: one must end in .net, the "
            "other in .nir"
        )
    if pair == (".nir", ".net"):
        notes = converters.from_nir(
            source, target, dt, input_shape=input_shape, weight_scale=weight_scale
        )
    elif weight_scale is not None:
        raise click.UsageError("--weight-scale is for .net files that are written")
    else:
        notes = converters.to_nir(source, target, dt, input_shape=input_shape)
    for note in notes:
        echo(f"note: {note}")
    echo(f"{source} -> {target}")
