"""What the commands that run a network share: its options and its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec
from lava.lib.dl.netx._events import SUFFIXES, read_events
from lava.lib.dl.netx._native.order import transposed

F = TypeVar("F", bound=Callable[..., Any])
ARITHMETICS = ("trained", "lava")
FEEDS = ("inp", "neuron", "bias")
LAYOUTS = ("whc", "chw")


PATH = click.Path(path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Sizes(click.ParamType):  # type: ignore[type-arg]
    """Comma-separated sizes, such as ``34,34,2``."""

    name = "W,H,C"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Parse the text."""
        if isinstance(value, tuple):
            return value
        try:
            sizes = tuple(int(size) for size in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of sizes such as 34,34,2", param, ctx)
        if not sizes or min(sizes) < 1:
            self.fail(f"{value!r}: every size must be 1 or more", param, ctx)
        return sizes


_NETWORK = (
    click.option("--num-layers", type=int, help="Only the first so many entries."),
    click.option("--skip-layers", type=int, help="Leave out the first so many."),
    click.option("--input-message-bits", type=int, help="Bits of a graded input."),
    click.option("--input-shape", type=Sizes(), help="Shape of the input."),
    click.option("--reset-interval", type=int, help="Steps between resets."),
    click.option("--reset-offset", type=int, help="Step of the first reset, less 1."),
    click.option(
        "--delay-shift/--no-delay-shift",
        default=None,
        help="Whether spiking layers were trained a step late, for files that can't "
        "say it.",
    ),
    click.option("--spike-exp", type=int, help="Fraction bits of graded messages."),
)
_INPUT = (
    click.option("--steps", type=int, help="Time steps; those of the input if absent."),
    click.option("--key", help="Array of an .npz file."),
    click.option("--step-time", default=1.0, help="Milliseconds per step of events."),
    click.option("--sensor", type=Sizes(), help="Shape of the events' sensor."),
    click.option(
        "--feed", type=click.Choice(FEEDS), default="inp", help="Where input enters."
    ),
    click.option(
        "--layout",
        type=click.Choice(LAYOUTS),
        default="whc",
        help="Order of the input's axes before time.",
    ),
)


def run_options(command: F) -> F:
    """Add the options of running a network on an input, None where not given."""
    arithmetic = click.Choice(ARITHMETICS)
    first = click.option("--arithmetic", type=arithmetic, default="trained")
    for option in reversed((first, *_INPUT, *_NETWORK)):
        command = option(command)
    return command


class Job(NamedTuple):
    """A network and what to run it on.

    Attributes:
        net: The native runtime.
        spikes: Its input, time last.
        how: ``steps``, ``feed`` and ``layout`` where the user gave them.
    """

    net: Any
    spikes: npt.NDArray[Any]
    how: dict[str, Any]


def prepare(file: Path, data: Path, arithmetic: str, options: dict[str, Any]) -> Job:
    """Load a network and its input as the options of both say."""
    from lava.lib.dl import netx

    rest = {name: value for name, value in options.items() if value is not None}
    reading = {name: rest.pop(name) for name in ("key", "sensor") if name in rest}
    step_time, layout = rest.pop("step_time"), rest["layout"]
    ways = ("steps", "feed", "layout")
    how: dict[str, Any] = {name: rest.pop(name) for name in ways if name in rest}
    shape = shape_in(data, layout, **reading)
    if shape is not None:
        rest.setdefault("input_shape", shape)
    with naming(file):
        net = netx.load(file, arithmetic=arithmetic, **rest)
    spikes = read_input(
        data, net.input_shape, step_time=step_time, layout=layout, **reading
    )
    if spikes.ndim == 0:
        raise ValueError(f"{data} holds a single number; needed is time as last axis")
    return Job(net, spikes, how)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say of which file a problem is."""
    try:
        yield
    except spec.FormatError as error:
        raise ValueError(f"{path}: {error}") from error


def shape_in(
    path: Path,
    layout: str,
    *,
    key: str | None = None,
    sensor: tuple[int, ...] | None = None,
) -> tuple[int, ...] | None:
    """Width, height and channels as the input itself says them, else None."""
    if path.suffix.lower() in SUFFIXES:
        return sensor
    if path.suffix.lower() not in (".npy", ".npz"):
        return None
    shape = _array_of(path, key).shape[-4:-1]
    if len(shape) < 3:
        return None
    return shape[::-1] if layout == "chw" else shape


def read_input(
    path: Path,
    shape: tuple[int, ...],
    *,
    key: str | None = None,
    step_time: float = 1.0,
    sensor: tuple[int, ...] | None = None,
    layout: str = "whc",
) -> npt.NDArray[Any]:
    """The input of a network, time last.

    Args:
        path: ``.npy``, ``.npz`` or an event file.
        shape: Shape of the network's input, (neurons,) or (width, height, channels).
        key: Array of an ``.npz`` file; needed if it holds several without ``input``.
        step_time: Milliseconds per step of events.
        sensor: Shape of the events' sensor where the input is flat.
        layout: Order in which events are put, ``'whc'`` or ``'chw'``.

    Raises:
        ValueError: The file holds no such array.
    """
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        spikes = read_events(path).to_array(sensor or shape, step_time)
        return _arranged(spikes, len(shape) == 1, layout)
    if suffix in (".npy", ".npz"):
        return _array_of(path, key)
    known = ", ".join((".npy", ".npz", *SUFFIXES))
    raise ValueError(f"{path}: input files end in one of {known}")


def _arranged(
    spikes: npt.NDArray[np.int32], flat: bool, layout: str
) -> npt.NDArray[np.int32]:
    """From (width, height, channels, time) to what the network takes."""
    if flat or layout == "chw":
        spikes = transposed(spikes)
    return spikes.reshape(-1, spikes.shape[-1]) if flat else spikes


def _array_of(path: Path, key: str | None) -> npt.NDArray[Any]:
    with path.open("rb") as file:
        try:
            stored = np.load(file, allow_pickle=False)
        except MemoryError:
            raise
        except Exception as error:  # numpy parses headers with Python's own parser
            raise ValueError(f"{path} is no whole array file: {error}") from error
        if isinstance(stored, np.ndarray):
            return stored
        return _member(path, stored, key)


def _member(path: Path, arrays: Any, key: str | None) -> npt.NDArray[Any]:
    names = list(arrays.files)
    if key is None:
        key = names[0] if len(names) == 1 else "input"
    if key not in names:
        raise ValueError(
            f"{path} holds {', '.join(names)}; name one of them with --key"
        )
    try:
        return np.asarray(arrays[key])
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"{path} holds no whole array {key!r}: {error}") from error
