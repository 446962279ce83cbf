"""Plain numpy neurons to compare kernels with, and the golden cases."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lava.lib.dl.core import training

LIMIT = 1 << 48


def integer(x, scale):
    with np.errstate(over="ignore", invalid="ignore"):
        product = np.float32(x) * np.float32(scale)
    clipped = np.clip(
        np.nan_to_num(product, nan=0.0, posinf=LIMIT, neginf=-LIMIT), -LIMIT, LIMIT
    )
    return clipped.astype(np.int64)


def real(y, scale):
    return y.astype(np.float32) / np.float32(scale)


def shrink(state, factor):
    product = state * factor
    return np.sign(product) * (np.abs(product) >> 12)


def bound(y):
    return np.clip(y, -LIMIT, LIMIT)


def whole(decay):
    """Decays [1] or [C] against rows of [N, C, S]."""
    return np.trunc(decay).astype(np.int64).reshape(1, -1, 1)


def reaches(y, level):
    return y.astype(np.float32) >= np.float32(level)


class Leaky:
    def __init__(self, decay, state, scale, threshold=None):
        self.keep = 4096 - whole(decay)
        self.scale, self.level = scale, None if threshold is None else threshold * scale
        self.y = integer(state, scale)

    def step(self, x):
        now = bound(shrink(self.y, self.keep) + integer(x, self.scale))
        fires = self.level is not None and self.level > 0
        self.y = np.where(reaches(now, self.level), 0, now) if fires else now
        return real(now, self.scale)


class Resonator:
    def __init__(self, decays, states, scale, threshold=None):
        self.sin, self.cos = whole(decays[0]), whole(decays[1])
        self.r, self.i = (integer(s, scale) for s in states)
        self.scale, self.threshold = scale, threshold

    def step(self, real_input, imag_input):
        r = shrink(self.r, self.cos) - shrink(self.i, self.sin)
        i = shrink(self.r, self.sin) + shrink(self.i, self.cos)
        r = bound(r + integer(real_input, self.scale))
        i = bound(i + integer(imag_input, self.scale))
        self.r, self.i = r, i
        if self.threshold is not None and self.threshold >= 0:
            level = self.threshold * self.scale
            fired = reaches(i, level)
            rest = int(np.float32(level - 1))
            self.r = np.where(fired, 0, r)
            self.i = np.where(fired, rest, i.astype(np.float32).astype(np.int64))
        return real(r, self.scale), real(i, self.scale)


class Adaptive:
    def __init__(self, decays, states, scale, threshold, threshold_step):
        self.ref_keep, self.th_keep = 4096 - whole(decays[0]), 4096 - whole(decays[1])
        self.q, self.h = (integer(s, scale) for s in states)
        self.scale = scale
        self.rest, self.rise = int(threshold * scale), int(threshold_step * scale)

    def decay(self):
        self.q = bound(shrink(self.q, self.ref_keep))
        self.h = bound(shrink(self.h - self.rest, self.th_keep) + self.rest)
        return real(self.h, self.scale), real(self.q, self.scale)

    def fire(self, fired):
        self.q, self.h = (
            bound(self.q + np.where(fired, 2 * self.h, 0)),
            bound(self.h + np.where(fired, self.rise, 0)),
        )


def spikes(fired, payload, graded):
    return np.where(fired, payload if graded else np.float32(1), np.float32(0))


class Cuba:
    def __init__(self, decays, states, threshold):
        self.th = threshold
        self.current = Leaky(decays[0], states[0], threshold.scale)
        self.voltage = Leaky(decays[1], states[1], threshold.scale, threshold.value)

    def step(self, x):
        c = self.current.step(x)
        v = self.voltage.step(c)
        s = spikes(v >= np.float32(self.th.value), v, self.th.graded)
        return s, c, v

    def states(self):
        return [real(n.y, self.th.scale) for n in (self.current, self.voltage)]


class Alif:
    def __init__(self, decays, states, th):
        self.th = th
        self.current = Leaky(decays[0], states[0], th.scale)
        self.voltage = Leaky(decays[1], states[1], th.scale)
        self.adaptive = Adaptive(decays[2:], states[2:], th.scale, th.value, th.step)

    def step(self, x):
        c = self.current.step(x)
        v = self.voltage.step(c)
        h, q = self.adaptive.decay()
        a = self.adaptive
        a.fire(integer(v, self.th.scale) >= a.h + a.q)
        return spikes(v >= h + q, v, self.th.graded), c, v, h, q

    def states(self):
        a, scale = self.adaptive, self.th.scale
        return [real(y, scale) for y in (self.current.y, self.voltage.y, a.q, a.h)]


class Rf:
    resets = False

    def __init__(self, decays, states, th):
        self.th, self.before = th, np.float32(states[1])
        level = th.value if self.resets else None
        self.osc = Resonator(decays[:2], states[:2], th.scale, level)

    def step(self, re, im):
        r, i = self.osc.step(re, im)
        fired = (r >= np.float32(self.th.value)) & (i >= 0) & (self.before < 0)
        self.before = i
        return spikes(fired, r, self.th.graded), r, i

    def states(self):
        return [real(y, self.th.scale) for y in (self.osc.r, self.osc.i)]


class RfIz(Rf):
    resets = True

    def step(self, re, im):
        r, i = self.osc.step(re, im)
        return spikes(i >= np.float32(self.th.value), i, self.th.graded), r, i


class Adrf(Rf):
    def __init__(self, decays, states, th):
        super().__init__(decays, states, th)
        self.adaptive = Adaptive(decays[2:], states[2:], th.scale, th.value, th.step)
        self.imag = integer(states[1], th.scale)

    def step(self, re, im):
        r, i = self.osc.step(re, im)
        h, q = self.adaptive.decay()
        a, whole_i = self.adaptive, integer(i, self.th.scale)
        above = integer(r, self.th.scale) >= a.h + a.q
        a.fire(above & (whole_i >= 0) & (self.imag < 0))
        fired = (r >= h + q) & (i >= 0) & (self.before < 0)
        self.before, self.imag = i, whole_i
        return spikes(fired, r, self.th.graded), r, i, h, q

    def states(self):
        return [
            *super().states(),
            *(real(y, self.th.scale) for y in (self.adaptive.q, self.adaptive.h)),
        ]


class AdrfIz(Adrf):
    def step(self, re, im):
        r, i = self.osc.step(re, im)
        h, q = self.adaptive.decay()
        self.adaptive.fire(self.osc.i >= self.adaptive.h + self.adaptive.q)
        return spikes(i >= h + q, i, self.th.graded), r, i, h, q


class SigmaDelta:
    def __init__(self, bias, states, rule, relu):
        self.rule, self.relu, self.bias = rule, relu, bias.reshape(1, -1, 1)
        self.sum, self.start = 0.0, np.float32(states[0])
        self.p, self.r = (np.float32(s) for s in states[1:3])

    def step(self, x):
        self.sum = self.sum + x.astype(np.float64)
        self.total = self.sum.astype(np.float32) + self.start
        a = self.total + self.bias
        a = np.maximum(a, 0) if self.relu else a
        d = (a - self.p) + self.r
        y = np.where(
            np.abs(d) >= self.rule.threshold.reshape(1, -1, 1), d, np.float32(0)
        )
        self.r, self.p = d - y, a
        unit = np.float32(1 / self.rule.scale)
        return (np.floor(y / unit) * unit,)

    def states(self):
        return [self.total, self.p, self.r, np.zeros_like(self.r)]


def run(neuron, *inputs):
    """Steps over the last axis; outputs stacked along time."""
    steps = [
        neuron.step(*(x[..., t] for x in inputs)) for t in range(inputs[0].shape[-1])
    ]
    return [
        np.stack([np.broadcast_to(s, inputs[0].shape[:-1]) for s in each], axis=-1)
        for each in zip(*steps, strict=True)
    ]


@pytest.fixture(scope="session")
def oracle():
    """The plain neurons by kernel name, and `run`."""
    neurons = {
        "cuba": Cuba,
        "alif": Alif,
        "rf": Rf,
        "rf_iz": RfIz,
        "adrf": Adrf,
        "adrf_iz": AdrfIz,
    }
    return SimpleNamespace(
        run=run,
        neurons=neurons,
        leaky=Leaky,
        resonator=Resonator,
        adaptive=Adaptive,
        sigma_delta=SigmaDelta,
    )


@pytest.fixture(
    scope="session",
    params=training.NEURONS,
    ids=lambda neuron: neuron.name,
)
def neuron(request):
    """Every neuron that spikes."""
    return request.param


def _four(x):
    """[B, C, ..., T] as [N, C, S, T]; [B, T] as one channel."""
    channels = x.shape[1] if x.ndim > 2 else 1
    return np.ascontiguousarray(x).reshape(x.shape[0], channels, -1, x.shape[-1])


@pytest.fixture(scope="session")
def golden(reference):
    """Cases of a golden file: (name, meta, arrays), arrays with time in 4-D form."""

    def cases(name):
        with np.load(reference(f"neurons/{name}.npz")) as file:
            data = {key: file[key] for key in file}
        for case in sorted({key.split("/")[0] for key in data}):
            prefix = case + "/"
            arrays = {
                k.removeprefix(prefix): v
                for k, v in data.items()
                if k.startswith(prefix)
            }
            yield case, json.loads(str(arrays.pop("meta")[()])), arrays

    return SimpleNamespace(cases=cases, four=_four)


@pytest.fixture(scope="session")
def parts():
    """The kernels of neurons' parts as functions."""
    found = spec_from_file_location("parts", Path(__file__).parent / "parts.py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def equal():
    """Asserts two arrays hold equal numbers of one type, whatever their shape."""

    def check(got, wanted, context=""):
        got, wanted = np.asarray(got), np.asarray(wanted)
        assert got.dtype == wanted.dtype, context
        np.testing.assert_array_equal(got.ravel(), wanted.ravel(), err_msg=str(context))

    return check


@pytest.fixture
def same(equal):
    """Asserts two arrays hold the same bits, signs of zero included."""

    def check(got, wanted, context=""):
        equal(got, wanted, context)
        bits = (np.ravel(array).view(np.uint32) for array in (got, wanted))
        assert np.array_equal(*bits), f"{context}: zeros differ in their sign"

    return check


@pytest.fixture
def near():
    """Asserts |a - b| <= 1e-5 max(1, max|b|), the tolerance of gradients."""

    def check(got, wanted, context=""):
        got, wanted = np.ravel(got), np.ravel(wanted)
        bound = 1e-5 * max(1.0, float(np.abs(wanted).max(initial=0)))
        assert np.abs(got - wanted).max(initial=0) <= bound, context

    return check


class Host:
    stream = 0

    def put(self, array):
        return np.ascontiguousarray(array)

    def get(self, array):
        return array

    def address(self, array):
        return array.ctypes.data


class Gpu:
    def __init__(self):
        self.torch = pytest.importorskip("torch")
        problem = training.cuda_problem()
        if problem:
            pytest.skip(problem)

    @property
    def stream(self):
        return self.torch.cuda.current_stream().cuda_stream

    def put(self, array):
        return self.torch.from_numpy(np.array(array)).cuda()

    def get(self, array):
        return array.cpu().numpy()

    def address(self, array):
        return array.data_ptr()


@pytest.fixture(params=["emulated", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request):
    if request.param == "gpu":
        return Gpu()
    request.getfixturevalue("emulated_gpu")
    return Host()
