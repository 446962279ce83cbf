"""Renders the page on NIR: run this file to write ``guides/nir.md``'s tables.

Every number is a run: what a network here puts out beside what another library makes of
its graph, and what a library's network puts out beside what its graph becomes here. It
needs norse, snntorch, spikingjelly and sinabs (``nox -s ecosystem``).
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nir
import numpy as np
import torch

from lava.lib.dl import netx, spec
from lava.lib.dl.netx import convert

PAGE = Path(__file__).parent / "guides" / "nir.md"
MARKS = "<!-- written -->", "<!-- read -->", "<!-- end -->"
DT = 1e-4  # snntorch knows no other step
STEPS = 100
FLAT, IMAGE = (12,), (2, 6, 6)

# Decays are powers of two and thresholds odd, so that neither rounding nor a tie with
# the threshold hides what differs.
CUBA = spec.Cuba(1024, 512, 2001)
LIF = spec.Cuba(4096, 512, 801)
IF = spec.Cuba(4096, 0, 3001)
SILENT = 2**18 - 1


def generator(seed: int) -> np.random.Generator:
    """Random numbers that don't depend on what was drawn before."""
    return np.random.default_rng(seed)


def weights(*shape: int) -> np.ndarray:
    """Even, so that sums are."""
    return 2 * generator(3).integers(-90, 110, shape)


def dense(neuron: Any, outputs: int = 9, inputs: int = 12, **options: Any) -> Any:
    """A dense layer of random weights."""
    return spec.Dense((outputs,), weights(outputs, inputs), neuron=neuron, **options)


def loop(neuron: Any) -> Any:
    """A recurrent layer of random weights."""
    return spec.Recurrent((9,), weights(9, 12), weights(9, 9) // 4 * 2, neuron=neuron)


def conv(neuron: Any, inputs: int = 2, **options: Any) -> Any:
    """A convolution of stride 2."""
    weight = weights(4, inputs, 3, 3)
    sizes = {"stride": (2, 2), "padding": (1, 1)}
    return spec.Conv((4, 3, 3), weight, neuron=neuron, **sizes, **options)


def pool(value: int) -> Any:
    """A pool without neurons."""
    return spec.Pool((2, 3, 3), np.full((1, 1, 2, 2), value), stride=(2, 2))


BIAS = 2 * generator(5).integers(-100, 160, 9)
ROW = spec.Flatten((36,))
NETWORKS = {
    "`Affine`, `CubaLIF`": (FLAT, [dense(CUBA)]),
    "the same with `v_leak`": (FLAT, [dense(CUBA, bias=BIAS)]),
    "`Affine`, `LIF`": (FLAT, [dense(LIF)]),
    "the same with a bias": (FLAT, [dense(LIF, bias=BIAS)]),
    "`Affine`, `IF`": (FLAT, [dense(IF)]),
    "two layers": (FLAT, [dense(CUBA), dense(spec.Cuba(1024, 512, 301), 5, 9)]),
    "recurrent `CubaLIF`": (FLAT, [loop(spec.Cuba(1024, 512, 2501))]),
    "recurrent `LIF`": (FLAT, [loop(LIF)]),
    "`Conv2d`, `Flatten`": (IMAGE, [conv(CUBA), ROW, dense(LIF, 5, 36)]),
    "`Conv2d` of groups": (IMAGE, [conv(LIF, 1, groups=2)]),
    "`SumPool2d`": (IMAGE, [pool(64), spec.Flatten((18,)), dense(LIF, 5, 18)]),
    "`AvgPool2d`": (IMAGE, [pool(16), spec.Flatten((18,)), dense(LIF, 5, 18)]),
    "`Affine` read-out": (FLAT, [dense(CUBA), dense(None, 4, 9)]),
    "`CubaLI`": (FLAT, [dense(spec.Cuba(1024, 512, SILENT))]),
    "`LI`": (FLAT, [dense(spec.Cuba(4096, 512, SILENT))]),
    "`Delay`": (FLAT, [dense(LIF, delay=np.arange(9)), dense(LIF, 5, 9)]),
}


def events(shape: tuple[int, ...]) -> np.ndarray:
    """Random spikes."""
    return (generator(7).random((*shape, STEPS)) < 0.3).astype(np.float32)


def stepped(model: Any, data: np.ndarray, batch: bool = True) -> np.ndarray:
    """Outputs of a module that takes a step and a state and returns both."""
    state: Any = None
    rows = []
    for t in range(data.shape[-1]):
        step = torch.tensor(data[None, ..., t] if batch else data[..., t])
        result = model(step) if state is None else model(step, state)
        value, state = result
        rows.append((value[0] if batch else value).detach().numpy())
    return np.stack(rows, -1)


def norse(graph: Any, data: np.ndarray) -> np.ndarray:
    """What norse makes of a graph."""
    from norse.torch import from_nir

    return stepped(from_nir(graph, dt=DT), data, batch=False)


def norse_from_zero(graph: Any, data: np.ndarray) -> np.ndarray:
    """The same with voltages that start at 0 in place of ``v_leak``."""
    from norse.torch import from_nir

    model = from_nir(graph, dt=DT)
    _, state = model(torch.tensor(data[..., 0]))
    state.state, state.cache = zeros(state.state), {}

    def run(step: Any, before: Any = None) -> Any:
        return model(step, state if before is None else before)

    return stepped(run, data, batch=False)


def zeros(value: Any) -> Any:
    """The same structure of zeros."""
    if isinstance(value, torch.Tensor):
        return torch.zeros_like(value)
    if isinstance(value, dict):
        return {name: zeros(part) for name, part in value.items()}
    if hasattr(value, "cache"):
        return type(value)(zeros(value.state), zeros(value.cache))
    parts = [zeros(part) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def snntorch(graph: Any, data: np.ndarray) -> np.ndarray:
    """What snntorch makes of a graph."""
    from snntorch.import_nir import import_from_nir

    return stepped(import_from_nir(graph), data)


def spikingjelly(graph: Any, data: np.ndarray) -> np.ndarray:
    """What spikingjelly makes of a graph."""
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    return stepped(import_from_nir(graph, dt=DT), data)


def sinabs(graph: Any, data: np.ndarray) -> np.ndarray:
    """What sinabs makes of a graph."""
    from sinabs.nir import from_nir

    result = from_nir(graph, batch_size=1)(torch.tensor(np.moveaxis(data, -1, 0)))
    spikes = result[0] if isinstance(result, tuple) else result
    return np.moveaxis(spikes.detach().numpy(), 0, -1)


IMPORTERS: dict[str, Callable[[Any, np.ndarray], np.ndarray]] = {
    "norse": norse,
    "norse from 0": norse_from_zero,
    "snntorch": snntorch,
    "spikingjelly": spikingjelly,
    "sinabs": sinabs,
}


def ours(path: Path, data: np.ndarray) -> np.ndarray:
    """What the native runtime computes, without the layers' latency."""
    net = netx.load(path)
    late = sum(bool(getattr(x, "delay_shift", False)) for x in spec.read(path))
    padded = np.concatenate([data, np.zeros((*data.shape[:-1], late), data.dtype)], -1)
    return np.asarray(net(padded[None], layout="chw")[0][..., late:])


def cell(theirs: Callable[[], np.ndarray], right: np.ndarray) -> str:
    """How many outputs differ, or that there are none of this shape."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            value = theirs()
    except Exception:  # Each library raises what it likes, sinabs by chance.
        return "fails"
    if value.size != right.size:
        return "fails"
    off = np.abs(value.reshape(right.shape) - right) > 1e-3 * np.abs(right).max()
    return f"{int(off.sum())}"


def written(folder: Path) -> str:
    """Table of the networks that other libraries read."""
    rows = [f"| network | {' | '.join(IMPORTERS)} |", "|---|" + "---|" * len(IMPORTERS)]
    for name, (shape, layers) in NETWORKS.items():
        net = spec.Network([spec.Input(shape), *layers])
        spec.write(net, folder / "a.net")
        convert.to_nir(net, folder / "a.nir", DT)
        data = events(shape)
        right = ours(folder / "a.net", data)
        cells = [
            cell(partial(imported, run, folder / "a.nir", data), right)
            for run in IMPORTERS.values()
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def imported(
    run: Callable[[Any, np.ndarray], np.ndarray], path: Path, data: np.ndarray
) -> np.ndarray:
    """What a library makes of a file."""
    return run(nir.read(path), data)


def linear(outputs: int = 9, inputs: int = 12, bias: bool = False) -> Any:
    """A layer of torch whose weights a file keeps whole."""
    layer = torch.nn.Linear(inputs, outputs, bias=bias)
    layer.weight.data = torch.tensor(weights(outputs, inputs) / 64).float()
    if bias:
        layer.bias.data = torch.tensor(BIAS / 64).float()
    return layer


def convolution() -> Any:
    """A convolution of torch whose weights a file keeps whole."""
    layer = torch.nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False)
    layer.weight.data = torch.tensor(weights(4, 2, 3, 3) / 64).float()
    return layer


def of_norse() -> dict[str, tuple[Any, ...]]:
    """Networks of norse with their input's shape."""
    import norse.torch as library
    from norse.torch.functional.lif_box import LIFBoxParameters

    p = LIFBoxParameters(
        tau_mem_inv=torch.full((9,), 0.125 / DT),
        v_th=torch.full((9,), 1.5703125),
        v_leak=torch.zeros(9),
        v_reset=torch.zeros(9),
    )
    cell = library.LIFBoxCell(p, dt=DT)
    return {"LIFBoxCell": (library.SequentialState(linear(), cell), FLAT)}


def of_snntorch() -> dict[str, tuple[Any, ...]]:
    """Networks of snntorch with their input's shape."""
    import snntorch as library

    level, fading = torch.full((9,), 12.515625), torch.full((9,), 0.875)
    options = {
        "threshold": level,
        "beta": fading,
        "reset_mechanism": "zero",
        "reset_delay": False,
    }
    shared = {**options, "init_hidden": True}
    models = {
        "Leaky": (library.Leaky(**shared), False),
        "Leaky with a bias": (library.Leaky(**shared), True),
        "Synaptic": (library.Synaptic(alpha=torch.full((9,), 0.75), **shared), False),
    }
    return {
        name: (torch.nn.Sequential(linear(bias=bias), cell), FLAT)
        for name, (cell, bias) in models.items()
    }


def of_spikingjelly() -> dict[str, tuple[Any, ...]]:
    """Networks of spikingjelly with their input's shape."""
    from spikingjelly.activation_based import layer, neuron

    def chain(cell: Any) -> Any:
        return torch.nn.Sequential(linear(bias=True), cell)

    image = torch.nn.Sequential(
        convolution(),
        neuron.IFNode(v_threshold=4.515625),
        layer.Flatten(),
        linear(5, 36),
    )
    decays = {"c_decay": 0.75, "v_decay": 0.875, "v_reset": 0.0}
    slow = neuron.CUBALIFNode(v_threshold=12.515625, **decays)
    return {
        "IFNode": (chain(neuron.IFNode(v_threshold=12.515625)), FLAT),
        "LIFNode": (chain(neuron.LIFNode(tau=8.0, v_threshold=1.578125)), FLAT),
        "CUBALIFNode": (torch.nn.Sequential(linear(), slow), FLAT),
        "Conv2d, IFNode, Flatten": (image, IMAGE),
    }


def plain(model: Any, data: np.ndarray) -> np.ndarray:
    """Outputs of a module that keeps its state to itself, or takes and returns one."""
    rows: list[np.ndarray] = []
    for t in range(data.shape[-1]):
        value = model(torch.tensor(data[None, ..., t]))
        rows.append(
            (value[0] if isinstance(value, tuple) else value)[0].detach().numpy()
        )
    return np.stack(rows, -1)


def exporter(library: str) -> Callable[[Any, Any], Any]:
    """The function of a library that makes a graph of a module and a sample."""
    if library == "norse":
        from norse.torch import to_nir

        # norse multiplies time constants by this.
        return partial(to_nir, dt=1.0)
    if library == "snntorch":
        from snntorch.export_nir import export_to_nir

        return partial(export_to_nir, ignore_dims=[0])
    from spikingjelly.activation_based.nir_exchange import export_to_nir as export

    return export


def read(folder: Path) -> str:
    """Table of other libraries' networks that are read here."""
    rows = ["| library | network | outputs that differ |", "|---|---|---|"]
    makers = {
        "norse": of_norse,
        "snntorch": of_snntorch,
        "spikingjelly": of_spikingjelly,
    }
    for library, maker in makers.items():
        for name, (model, shape) in maker().items():
            data = events(shape)
            sample = torch.tensor(data[None, ..., 0])
            with contextlib.redirect_stdout(io.StringIO()):
                graph = exporter(library)(model, sample)
                nir.write(folder / "b.nir", graph)
                forget(library, model)
                right = (stepped if library == "norse" else plain)(model, data)
            convert.from_nir(folder / "b.nir", folder / "b.net", DT, input_shape=shape)
            off = cell(lambda right=right: right, ours(folder / "b.net", data))
            rows.append(f"| {library} | `{name}` | {off} |")
    return "\n".join(rows)


def forget(library: str, model: Any) -> None:
    """Put a module back to its start after an export that ran it."""
    if library == "spikingjelly":
        from spikingjelly.activation_based import functional

        functional.reset_net(model)
    if library == "snntorch":
        model[1].reset_mem() if hasattr(model[1], "reset_mem") else None


def render() -> str:
    """The page with its tables as the runs give them."""
    logging.disable(logging.WARNING)
    with contextlib.suppress(ImportError):
        from loguru import logger

        logger.disable("spikingjelly")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tables = written(Path(folder)), read(Path(folder))
    logging.disable(logging.NOTSET)
    text = PAGE.read_text()
    for mark, table in zip(MARKS, tables, strict=False):
        head, rest = text.split(mark)
        text = f"{head}{mark}\n\n{table}\n\n{MARKS[2]}{rest.split(MARKS[2], 1)[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(render())
