"""``lava-dl compare``: two files, or two arithmetics on one input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx.cli._options import ARITHMETICS, PATH, prepare, run_options
from lava.lib.dl.netx.cli._output import echo
from lava.lib.dl.netx.cli._run import output_of

DIFFERENT = 1


@click.command()
@click.argument("first", type=PATH)
@click.argument("second", required=False, type=PATH)
@click.option(
    "--input",
    "data",
    type=PATH,
    help="Compare outputs for this input, not files.",
)
@run_options
def compare(
    first: Path, second: Path | None, data: Path | None, arithmetic: str, **options: Any
) -> None:
    """Compare files FIRST and SECOND, or with --input their outputs.

    With one file and --input, compare its two arithmetics. Exit code 1 if something
    differs.
    """
    if data is not None:
        _compare_outputs(first, second, data, arithmetic, options)
    elif second is not None:
        _compare_files(first, second)
    else:
        raise click.UsageError("give two files, or one and --input")


def _compare_files(first: Path, second: Path) -> None:
    differences = spec.diff(first, second)
    for difference in differences:
        echo(str(difference))
    _conclude(len(differences), "values")


def _compare_outputs(
    first: Path,
    second: Path | None,
    data: Path,
    arithmetic: str,
    options: dict[str, Any],
) -> None:
    if second is None:
        sides = {name: (first, name) for name in ARITHMETICS}
    else:
        sides = {str(path): (path, arithmetic) for path in (first, second)}
    results = [output_of(prepare(p, data, a, options)) for p, a in sides.values()]
    if len({result.shape for result in results}) > 1:
        shapes = " and ".join(str(result.shape) for result in results)
        raise ValueError(f"outputs have shapes {shapes}; they can't be compared")
    _show_first(results, tuple(sides))
    _conclude(int((results[0] != results[-1]).sum()), "output values")


def _show_first(results: list[npt.NDArray[Any]], labels: tuple[str, ...]) -> None:
    """The earliest difference."""
    where = np.argwhere(results[0] != results[-1])
    if not len(where):
        return
    first = where[np.argmin(where[:, -1])].tolist()
    values = (result[tuple(first)] for result in results)
    text = ", ".join(f"{v} ({name})" for v, name in zip(values, labels, strict=True))
    echo(f"first at step {first[-1]}, neuron {first[:-1]}: {text}")


def _conclude(count: int, what: str) -> None:
    if count:
        echo(f"{count} {what} differ")
        raise click.exceptions.Exit(DIFFERENT)
    echo("equal")
