"""Networks drawn from all that Lava can run, and what runs them. Needs lava-nc."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx import hdf5
from lava.lib.dl.spec import reference as plain

MARKS = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
    pytest.mark.filterwarnings("ignore:Changing the sparsity structure"),
]
"""Of tests that run these networks on Lava, which warns of much."""
STEPS = 24
KINDS = "cuba sdnn rf cuba sdnn rf_iz cuba sdnn adrf adrf_iz".split()  # noqa: SIM905
RESONATORS = {"rf": spec.Rf, "rf_iz": spec.RfIz}
ADAPTIVE = {"adrf": spec.Adrf, "adrf_iz": spec.AdrfIz}


@dataclass
class Case:
    """A network, its options and its input."""

    layers: list[Any]
    feed: str = "inp"
    options: dict[str, Any] = field(default_factory=dict)
    data: Any = None


class Draw:
    """Everything that Lava can run, at random."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.kind = KINDS[seed % len(KINDS)]
        self.family = {**RESONATORS, **ADAPTIVE}.get(self.kind)

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def one(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def integer(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def weight(self, *shape: int) -> np.ndarray:
        """Mixed, one-signed, wide, clipped or narrow weights."""
        low, high, step = self.one(
            (-60, 60, 2), (-128, 127, 1), (-256, 254, 2), (0, 255, 1), (0, 30, 2),
            (-256, -1, 1), (-64, 0, 4), (-300, 300, 1), (-3, 3, 1), (0, 0, 1),
            (-16, -16, 1), (256, 400, 1), (-250, 0, 1),
        )  # fmt: skip
        return self.rng.integers(low // step, high // step + 1, shape) * step

    def decay(self, channels: int, low: int = 0) -> Any:
        if self.chance(0.3):
            return self.rng.integers(low, 4097, channels)
        return self.one(max(low, 0), self.integer(low, 4096), 4096, 410)

    def neuron(self, channels: int, *, last: bool = False) -> Any:
        if self.kind == "cuba" and last and self.chance(0.1):
            return None
        if self.kind == "cuba":
            threshold = self.one(0, 1, 80, self.integer(1, 400), 131072)
            decays = self.decay(channels), self.decay(channels)
            return spec.Cuba(*decays, threshold, message_bits=self.message_bits())
        if self.kind == "sdnn":
            return spec.Sigma() if last and self.chance(0.5) else self.sigma_delta()
        return self.resonator(channels)

    def sigma_delta(self) -> Any:
        threshold = self.one(0, 1, self.integer(0, 60))
        return spec.SigmaDelta(threshold, message_bits=self.message_bits())

    def message_bits(self) -> Any:
        """A hint in the file that changes nothing."""
        return self.one(0, 8, 24) if self.chance(0.2) else None

    def resonator(self, channels: int) -> Any:
        size = channels if self.chance(0.5) else 1
        period = self.rng.uniform(3, 40, size)
        keep = 1 - self.rng.uniform(0.001, 0.4, size)
        sin = np.rint(keep * np.sin(2 * np.pi / period) * 4096).astype(int)
        cos = np.rint(keep * np.cos(2 * np.pi / period) * 4096).astype(int)
        pair = (int(sin[0]), int(cos[0])) if size == 1 else (sin, cos)
        threshold = self.integer(1, 200)
        if self.kind in ADAPTIVE:
            return self.family(*pair, threshold, 200, 150, 20)
        return self.family(*pair, threshold)

    def bias(self, neuron: Any, *shapes: tuple[int, ...]) -> np.ndarray | None:
        if isinstance(neuron, spec.Sigma) or self.chance(0.6):
            return None
        wide = 40000 if self.chance(0.1) else 60
        return self.rng.integers(-wide, wide, self.one(*shapes))

    def delay(self, outputs: int, inputs: int) -> np.ndarray | None:
        if self.chance(0.6):
            return None
        shape = self.one((1,), (outputs,), (inputs,), (outputs, inputs))
        return self.rng.integers(0, self.one(2, 10, 80), shape)

    def dense(self, inputs: int, *, last: bool) -> Any:
        outputs = inputs if inputs < 10 and self.chance(0.3) else self.integer(1, 9)
        neuron = self.neuron(outputs, last=last)
        weight = self.weight(outputs, inputs)
        if self.family:
            imag = self.weight(outputs, inputs)
            return spec.Dense((outputs,), weight, weight_imag=imag, neuron=neuron)
        bias = self.bias(neuron, (outputs,))
        if self.chance(0.25):
            options = {"neuron": neuron, "bias": bias}
            if outputs == inputs:  # Lava delays both alike
                options["delay"] = self.delay(outputs, inputs)
            back = self.weight(outputs, outputs)
            return spec.Recurrent((outputs,), weight, back, **options)
        delay = self.delay(outputs, inputs)
        options = {"neuron": neuron, "bias": bias, "delay": delay}
        return spec.Dense((outputs,), weight, **options)

    def conv(self, shape: tuple[int, ...], *, last: bool) -> Any:
        groups = self.one(1, 1, shape[0])
        channels = groups * self.integer(1, 2)
        kernel = (self.integer(1, 3), self.integer(1, 3))
        sizes = {
            "stride": (self.integer(1, 2), self.integer(1, 2)),
            "padding": (self.integer(0, 1), self.integer(0, 2)),
            "dilation": (self.integer(1, 2), 1),
        }
        weight = self.weight(channels, shape[0] // groups, *kernel)
        spans = zip(shape[1:], kernel, *sizes.values(), strict=True)
        high, wide = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans)
        out = (channels, high, wide)
        if min(out) < 1:
            return None
        neuron = self.neuron(channels, last=last)
        bias = self.bias(neuron, (channels,), out[::-1])
        return spec.Conv(out, weight, neuron=neuron, bias=bias, groups=groups, **sizes)

    def case(self) -> Case:
        case = Case(self.layers())
        graded = self.chance(0.7 if self.kind == "sdnn" else 0.3)
        if isinstance(case.layers[0], spec.Input) and case.layers[0].neuron:
            case.feed = "neuron" if self.kind == "sdnn" else "bias"
        elif graded:
            # Sums of a convolution beyond 32 bits depend on the platform.
            conv = any(isinstance(layer, spec.Conv) for layer in case.layers)
            case.options["input_message_bits"] = self.one(8, 16, 16 if conv else 24)
        if self.kind == "sdnn":
            case.options["spike_exp"] = self.integer(0, 6)
        if self.kind == "cuba" and self.chance(0.4):
            case.options["reset_interval"] = self.integer(1, 12)
            case.options["reset_offset"] = self.integer(0, 5)
        if self.chance(0.2):
            case.options["sparse_fc_layer"] = True
        shape = case.layers[0].shape[::-1]
        if not isinstance(case.layers[0], spec.Input):
            shape = (case.layers[0].in_features,)
        case.data = self.input(shape, graded, case)
        return case

    def layers(self) -> list[Any]:
        count = self.integer(1, 3)
        spatial = not self.family and self.chance(0.4)
        layers: list[Any] = []
        shape: tuple[int, ...] = (self.integer(1, 12),)
        if spatial:
            shape = (self.integer(1, 3), self.integer(4, 7), self.integer(4, 7))
            layers.append(spec.Input(shape))
        if not self.family and self.chance(0.4):
            layers = [spec.Input(shape, neuron=self.entry(shape[0]))]
        for index in range(count):
            last = index == count - 1
            conv = len(shape) == 3 and self.chance(0.6)
            layer = self.conv(shape, last=last) if conv else None
            if layer is None and len(shape) == 3:
                shape = (int(np.prod(shape)),)
                layers.append(spec.Flatten(shape))
            layers.append(layer or self.dense(shape[0], last=last))
            shape = layers[-1].shape
        return layers

    def entry(self, channels: int) -> Any:
        return self.sigma_delta() if self.kind == "sdnn" else self.neuron(channels)

    def input(self, shape: tuple[int, ...], graded: bool, case: Case) -> np.ndarray:
        size = (*shape, STEPS - 2)
        active = self.rng.random(size) < self.one(0.05, 0.3, 0.9)
        if case.feed == "bias":
            return self.rng.integers(-200, 400, size)
        limit = 1 << (case.options.get("input_message_bits", 8) - 1)
        values = self.rng.integers(-limit, limit, size) if graded else 1
        return active * values


def with_lava(case: Case, path: Any, run_lava: Any, **kwargs: Any) -> dict[str, Any]:
    spec.write(spec.Network(case.layers), path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = hdf5.Network(net_config=str(path), **case.options, **kwargs)
    data = case.data
    if len(net.inp.shape) == 1 and data.ndim == 4:
        # A first dense layer takes the trainer's (channel, height, width) order.
        data = data.transpose(2, 1, 0, 3).reshape(-1, data.shape[-1])
    return run_lava(net, data, STEPS, feed=case.feed)


def with_reference(case: Case) -> dict[str, Any]:
    """The keys of the golden vectors, from the spec's plain-integer reference."""
    known = {k: v for k, v in case.options.items() if k != "sparse_fc_layer"}
    options = plain.LavaOptions(feed="bias" if case.feed == "bias" else "inp", **known)
    data = case.data.T.reshape(case.data.shape[-1], -1)
    traces = plain.run_lava(
        spec.Network(case.layers),
        data.tolist(),
        STEPS,
        case.data.shape[-2::-1],
        options,
    )
    kept = [t for t in traces if t.output]
    found: dict[str, Any] = {"output": np.array(kept[-1].output)}
    for index, trace in enumerate(kept):
        if index < len(kept) - 1:
            found[f"layer{index}"] = np.array(trace.output)
        for name, values in trace.states.items():
            found[f"state{index}_{name}"] = np.array(values[-1])
    return found


def in_file_order(array: np.ndarray, timed: bool) -> np.ndarray:
    """Lava's (W, H, C, time) as the reference's rows in (C, H, W) order."""
    rows = array.T if timed else array.T[np.newaxis]
    return rows.reshape(len(rows), -1)


def loaded(case: Case, path: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", netx.DeviationWarning)
        return netx.load(path, arithmetic="lava", **case.options)
