"""Whether trainer, native runtime, reference and Lava compute the same."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from lava.lib.dl import spec
from lava.lib.dl.netx._deviations import FRACTIONS, DeviationWarning, wide_states
from lava.lib.dl.netx._lava_input import MESSAGE, LavaInput, for_lava
from lava.lib.dl.netx._load import load
from lava.lib.dl.netx._native.order import transposed
from lava.lib.dl.netx._native.runtime import Trace
from lava.lib.dl.netx._size import synapses_of
from lava.lib.dl.netx._trainer import trained_outputs

Outputs = dict[int, npt.NDArray[Any]]
SECONDS_PER_SYNAPSE = 2e-7
"""What the reference takes for a synapse and a step, about."""
LONG = 2.0
"""Seconds from which a bar tells how far it is."""
SUM = 2**18
"""What a running sum of 1 counts in Lava's sigma neurons."""


@dataclass(frozen=True)
class Difference:
    """The first value that differs between the native runtime and another one.

    Attributes:
        other: Who it is compared with: ``'trainer'``, ``'reference'``, ``'lava'``, the
            native runtime in Lava's arithmetic, or ``'lava-nc'``: Lava beside that.
        layer: Index of the layer in the file.
        neuron: Index of the neuron in the file's order.
        step: Time step, from 0.
        native: What the native runtime puts out.
        value: What the other puts out.
        deviation: Known deviations of Lava that the layer runs into: name, what Lava
            does, and what to change in training.
    """

    other: str
    layer: int
    neuron: tuple[int, ...]
    step: int
    native: float
    value: float
    deviation: str | None = None

    def __str__(self) -> str:
        text = (
            f"{self.other} differs first at layer {self.layer}, neuron {self.neuron}, "
            f"step {self.step}: {self.value:g}, native {self.native:g}"
        )
        return text if self.deviation is None else f"{text}; {self.deviation}"


@dataclass(frozen=True)
class Report:
    """What a verification found.

    Attributes:
        compared: Values compared, by who computed them.
        differences: The first difference with each that differs.
        left_out: Why someone was not compared with, by name.
    """

    compared: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def __str__(self) -> str:
        told = [f"{n} values equal with {who}" for who, n in self.compared.items()]
        told += [
            f"not compared with {who}: {why}" for who, why in self.left_out.items()
        ]
        return "\n".join([*map(str, self.differences), *told])


def verify(
    model: Any,
    path: str | os.PathLike[str] | spec.Network,
    input: npt.ArrayLike,
    *,
    layout: str = "chw",
    reference: bool = True,
    lava: bool = True,
) -> Report:
    """Compare what a trained model and its file compute for one sample.

    Args:
        model: The trainer's model, or None to leave it out: a module with ``blocks``,
            each called with the output of the one before, or any module that calls
            blocks, such as ``torch.nn.Sequential``.
        path: The exported network.
        input: One sample, its input's shape then time, as the trainer takes it.
        layout: Order of the input's axes, ``'chw'`` or ``'whc'``.
        reference: Whether to run the specification's plain-integer reference, which
            takes up to half a microsecond per synapse and step; a bar on the standard
            error tells the time beforehand and how far it is.
        lava: Whether to compare with Lava's arithmetic where Lava has the layers, and
            that with Lava itself where lava-nc is installed.

    Returns:
        The report; its text names the first layer, neuron and step that differs.

    Raises:
        FormatError: The file is not a legal network.
        ValueError: The input doesn't fit the network, or the model holds no block.

    >>> import numpy as np
    >>> from lava.lib.dl import spec
    >>> layer = spec.Dense((1,), [[64, -32]], neuron=spec.Cuba(4096, 4096, 60))
    >>> spec.write(spec.Network([layer]), "small.net")
    >>> report = verify(None, "small.net", np.array([[1, 0, 1], [0, 0, 1]]))
    >>> [difference.layer for difference in report.differences]
    []
    """
    network = path if isinstance(path, spec.Network) else spec.read(path)
    data = np.asarray(input)
    data = transposed(data) if layout == "whc" else data
    shape = data.shape[-2::-1] if data.ndim == 4 else None
    net = load(network, input_shape=shape)
    probes = net.probe(data, layout="chw", ends=True)
    native = _outputs(probes)
    others: dict[str, Callable[[], Outputs]] = {}
    if model is not None:
        others["trainer"] = lambda: trained_outputs(model, network, data)
    if reference:
        others["reference"] = lambda: _referred(network, data)
    report = Report()
    for name, run in others.items():
        try:
            _compare(report, name, native, run())
        except NotImplementedError as why:  # a plugin's neuron has no reference
            report.left_out[name] = str(why)
    if lava:
        _compare_lava(report, network, data, probes)
    return report


def _outputs(probes: dict[int, Trace]) -> Outputs:
    return {index: trace.output for index, trace in probes.items()}


def _referred(network: spec.Network, data: npt.NDArray[Any]) -> Outputs:
    from lava.lib.dl.spec import reference

    rows = data.reshape(-1, data.shape[-1]).T.tolist()
    count = len(rows) * synapses_of(network, data.shape[:-1])
    seconds = count * SECONDS_PER_SYNAPSE
    with tqdm(
        total=count,
        desc=f"reference, about {seconds:.0f} s",
        unit="synapse",
        unit_scale=True,
        disable=None if seconds > LONG else True,
    ) as bar:
        traces = reference.run(network, rows, data.shape[:-1], progress=bar.update)
    return {
        index: np.array(trace.output, np.float64).T.reshape(*layer.shape, -1)
        for index, (layer, trace) in enumerate(zip(network, traces, strict=True))
    }


def _compare(report: Report, other: str, native: Outputs, theirs: Outputs) -> bool:
    """Note the first difference in order of layers; returns whether there is one."""
    report.compared[other] = 0
    for index in sorted(native.keys() & theirs.keys()):
        ours, value = native[index], theirs[index]
        where = np.argwhere(ours.astype(np.float64) != value)
        if len(where):
            place = tuple(int(i) for i in where[np.argmin(where[:, -1])])
            report.differences.append(
                Difference(
                    other,
                    index,
                    place[:-1],
                    place[-1],
                    float(ours[place]),
                    float(value[place]),
                )
            )
            return True
        report.compared[other] += ours.size
    return False


def _compare_lava(
    report: Report,
    network: spec.Network,
    data: npt.NDArray[Any],
    native: dict[int, Trace],
) -> None:
    """Compare with Lava's arithmetic natively, and that with Lava where it is."""
    shape = data.shape[-2::-1]
    try:
        case = for_lava(network, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeviationWarning)
            net = load(network, arithmetic="lava", input_shape=shape, **case.options)
        probes = net.probe(case.data, feed=case.feed, layout="chw")
    except ValueError as error:
        report.left_out["lava"] = str(error)
        return
    theirs = _outputs(probes)
    _compare_processes(report, network, case, theirs)
    lava_outputs = {i: _scaled(values, network[i]) for i, values in theirs.items()}
    if _compare(report, "lava", _outputs(native), lava_outputs):
        first = report.differences.pop()
        layer = network[first.layer]
        causes = [*map(str, spec.deviations(layer))]
        causes += wide_states(layer, native[first.layer].states)
        causes += [FRACTIONS] if case.has_fractions else []
        why = "; or ".join(causes) or None
        report.differences.append(replace(first, deviation=why))


def _compare_processes(
    report: Report, network: spec.Network, case: LavaInput, native: Outputs
) -> None:
    """Compare Lava's processes with its arithmetic in the native runtime."""
    try:
        from lava.lib.dl.netx._conformance_lava import run_case
    except ImportError:
        report.left_out["lava-nc"] = "it is not installed"
        return
    with tempfile.TemporaryDirectory() as folder:
        path, archive = Path(folder) / "network.net", Path(folder) / "case.npz"
        spec.write(network, path)
        steps, options = case.data.shape[-1], {**case.options, "feed": case.feed}
        np.savez(archive, input=case.data, steps=steps, options=json.dumps(options))
        results = run_case(str(path), str(archive))
    last = max(native)
    outputs = {i: results[f"layer{i}"] for i in native if f"layer{i}" in results}
    _compare(report, "lava-nc", native, {**outputs, last: results["output"]})


def _scaled(values: npt.NDArray[Any], layer: spec.Layer) -> npt.NDArray[Any]:
    """Lava's graded messages count in 1 / 4096, its running sums in 1 / 2**18."""
    neuron = getattr(layer, "neuron", None)
    unit = {spec.Sigma: SUM, spec.SigmaDelta: MESSAGE}.get(type(neuron), 1)
    return values.astype(np.float64) / unit
