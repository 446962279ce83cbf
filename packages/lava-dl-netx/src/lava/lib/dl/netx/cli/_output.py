"""Writing results so that a file appears whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import click
import numpy as np
import numpy.typing as npt


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write into a file beside the target, then put it in the target's place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write text."""
    write_whole(path, lambda file: file.write(text.encode()))


def check_suffix(path: Path) -> None:
    """Refuse a name that doesn't say what to write, before anything runs."""
    if path.suffix not in (".npy", ".json"):
        raise click.UsageError(f"--output {path}: the name must end in .npy or .json")


def write_spikes(path: Path, spikes: npt.NDArray[Any]) -> None:
    """Write an array as ``.npy``, or its events as ``.json``."""
    if path.suffix == ".npy":
        write_whole(path, lambda file: np.save(file, spikes))
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


def echo_json(value: Any) -> None:
    """Print indented JSON."""
    click.echo(json.dumps(value, indent=2))
