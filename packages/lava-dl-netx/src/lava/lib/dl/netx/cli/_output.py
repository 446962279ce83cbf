"""Results: files that appear whole or not at all, and lines that are safe to print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from lava.lib.dl.spec.files import replacing
from lava.lib.dl.spec.text import printable


def write_text(path: Path, text: str) -> None:
    """Write text."""
    with replacing(path) as file:
        file.write(text.encode())


def check_suffix(path: Path) -> None:
    """Refuse a name that doesn't say what to write, before anything runs."""
    if path.suffix not in (".npy", ".json"):
        raise click.UsageError(f"--output {path}: the name must end in .npy or .json")


def write_spikes(path: Path, spikes: npt.NDArray[Any]) -> None:
    """Write an array as ``.npy``, or its events as ``.json``."""
    if path.suffix == ".npy":
        with replacing(path) as file:
            np.save(file, spikes)
    else:
        write_text(path, json.dumps(events_of(spikes)))


def events_of(spikes: npt.NDArray[Any]) -> dict[str, Any]:
    """The nonzero entries of an array with time last, ready for JSON."""
    where = np.nonzero(spikes)
    return {
        "shape": list(spikes.shape[:-1]),
        "steps": spikes.shape[-1],
        "index": np.stack(where[:-1], axis=-1).tolist(),
        "step": where[-1].tolist(),
        "value": spikes[where].tolist(),
    }


def echo(text: str) -> None:
    """Print lines; what a file or a name smuggled into them is escaped."""
    click.echo("\n".join(map(printable, text.split("\n"))))


def echo_json(value: Any) -> None:
    """Print indented JSON."""
    click.echo(json.dumps(value, indent=2))
