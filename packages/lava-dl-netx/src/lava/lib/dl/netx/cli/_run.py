"""``lava-dl run``: a network's output for an input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from lava.lib.dl.netx.cli._options import PATH, Job, prepare, run_options
from lava.lib.dl.netx.cli._output import check_suffix, echo, write_spikes

CHUNK = 1000
"""Steps between two updates of the progress bar."""


@click.command()
@click.argument("file", type=PATH)
@click.argument("data", metavar="INPUT", type=PATH)
@click.option("-o", "--output", type=PATH, help="A .npy or .json file.")
@run_options
def run(
    file: Path, data: Path, output: Path | None, arithmetic: str, **options: Any
) -> None:
    """Run FILE on INPUT, an .npy, .npz, .bs1, .bs2 or .bin file with time last.

    An array with one more axis, first, is a batch of samples.
    """
    if output is not None:
        check_suffix(output)
    result = output_of(prepare(file, data, arithmetic, options))
    if output is not None:
        write_spikes(output, result)
    _report(result, output)


def output_of(job: Job) -> npt.NDArray[Any]:
    """Run a batch at once, one sample in chunks with a progress bar."""
    net, spikes, how = job
    if spikes.ndim == len(net.input_shape) + 2:
        batch: npt.NDArray[Any] = net(spikes, **how)
        return batch
    how = dict(how)
    steps = how.pop("steps", spikes.shape[-1])
    pieces = []
    with tqdm(total=steps, unit="step", disable=None if steps > CHUNK else True) as bar:
        for begin in range(0, max(1, steps), CHUNK):  # once for none, to check them
            count = min(CHUNK, steps - begin)
            first = 0 if how.get("feed") == "bias" else begin  # a bias stays
            piece = spikes[..., first : first + count]
            pieces.append(net.run(piece, count, **how))
            bar.update(count)
    return np.concatenate(pieces, axis=-1)


def _report(result: npt.NDArray[Any], output: Path | None) -> None:
    shape = "x".join(map(str, result.shape[:-1]))
    events = np.count_nonzero(result)
    target = "" if output is None else f" -> {output}"
    echo(f"{shape} neurons, {result.shape[-1]} steps, {events} events{target}")
