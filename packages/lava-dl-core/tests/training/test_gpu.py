"""The GPU's kernels give the CPU's bits forward and its gradients within rounding.

Each test runs on a GPU, if there is one, and on the same source made for the CPU.
"""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

SHAPE = (3, 5, 7, 83)


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


def launch(
    device, name, inputs, outputs, *, settings, rows=0, planes=0, last=0, **arrays
):
    """Runs a kernel; gives outputs, last states and the gradients' sums by channel."""
    shape = inputs[0].shape
    out = [device.put(np.full(shape, np.nan, np.float32)) for _ in range(outputs)]
    ends = [device.put(np.empty(shape[:-1], np.float32)) for _ in range(last)]
    sums = [device.put(np.empty(shape[:-1])) for _ in range(rows)]
    scratch = [device.put(np.empty((planes, *shape), np.float32))] if planes else [None]
    parameters = arrays.get("decays", ())
    given = {
        "inputs": inputs,
        "parameters": parameters,
        "states": arrays.get("states", ()),
        "taps": arrays.get("taps", [None]),
    }
    on = {
        role: [None if a is None else device.put(a) for a in each]
        for role, each in given.items()
    }
    made = {"outputs": out, "last": ends, "row_gradients": sums, "scratch": scratch}
    at = {
        role: [0 if a is None else device.address(a) for a in each]
        for role, each in (on | made).items()
    }
    training.run_on_gpu(
        name,
        shape,
        sizes=[p.size for p in parameters],
        taps=at.pop("taps")[0],
        tap_count=0 if given["taps"][0] is None else given["taps"][0].size,
        scratch=at.pop("scratch")[0],
        settings=settings,
        stream=device.stream,
        **at,
    )
    got = [device.get(array) for array in (*out, *ends)]
    return got, [device.get(total).sum((0, 2)) for total in sums]


def drawn(neuron, loud=1.0):
    rng = np.random.default_rng(1)
    arrays = [
        (loud * rng.normal(0, 1, SHAPE)).astype(np.float32) for _ in neuron.inputs
    ]
    decays = [
        rng.integers(0, 3000, (1, SHAPE[1])[i % 2]).astype(np.float32)
        for i in range(len(neuron.decays))
    ]
    states = [rng.normal(0, 1, SHAPE[:-1]).astype(np.float32) for _ in neuron.states]
    return arrays, decays, states


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("scale", [4096.0, 6400.0])
@pytest.mark.parametrize("loud", [1.0, 1e4, 1e30])
def test_neurons_have_the_bits_of_the_cpu(neuron, loud, scale, graded, device, same):
    arrays, decays, states = drawn(neuron, loud)
    threshold = training.Threshold(1.0, scale, 0.3, graded)
    cpu = training.neuron_forward(
        neuron, arrays, decays, states, threshold, traces=True
    )
    found, _ = launch(
        device,
        neuron.name,
        arrays,
        len(neuron.outputs),
        last=len(neuron.states),
        decays=decays,
        states=states,
        settings=training.neuron_settings(neuron, threshold),
    )
    for got, wanted in zip(found, cpu.outputs + cpu.states, strict=True):
        same(got, wanted)


SURROGATES = [
    training.Surrogate(2, 1),
    *(training.Surrogate(2, 1, "exact", shape) for shape in training.SURROGATES),
]


@pytest.mark.parametrize(
    "surrogate", SURROGATES, ids=lambda s: f"{s.gradient}-{s.shape}"
)
def test_neurons_have_the_gradients_of_the_cpu(neuron, surrogate, device, near):
    arrays, decays, states = drawn(neuron)
    rng = np.random.default_rng(2)
    grads = [rng.normal(0, 1, SHAPE).astype(np.float32), None, None]
    threshold = training.Threshold(1.0, 4096, 0.3)
    cpu = training.neuron_backward(
        neuron,
        arrays,
        decays,
        states,
        grads,
        threshold,
        surrogate,
        decay_gradients=True,
    )
    got, sums = launch(
        device,
        f"{neuron.name}_backward",
        [*arrays, *grads],
        len(arrays),
        rows=len(cpu.decays),
        planes=len(neuron.outputs),
        decays=decays,
        states=states,
        settings=training.neuron_settings(neuron, threshold, surrogate),
    )
    for array, wanted in zip(got, cpu.inputs, strict=True):
        near(array, wanted)
    for total, wanted in zip(sums, cpu.decays, strict=True):
        near((total if wanted.size > 1 else total.sum()) / 4096, wanted)


def test_dynamics_have_the_bits_of_the_cpu(device, same, near, parts):
    rng = np.random.default_rng(3)
    real, imag = (rng.normal(0, 1, SHAPE).astype(np.float32) for _ in range(2))
    sin, cos, ref, th = (rng.integers(0, 2500, 5).astype(np.float32) for _ in range(4))
    states = [rng.normal(0, 1, SHAPE[:-1]).astype(np.float32) for _ in range(4)]
    y, end = parts.leaky_integrator(real, sin, states[0], scale=4096, threshold=1)
    numbers = training.settings("cuba", 4096, 1)
    got, _ = launch(
        device,
        "leaky_integrator",
        [real],
        1,
        last=1,
        decays=[sin],
        states=states[:1],
        settings=numbers,
    )
    for array, wanted in zip(got, (y, end), strict=True):
        same(array, wanted)
    to_x, to_decay = parts.leaky_integrator_backward(imag, sin, output=y)
    got, sums = launch(
        device,
        "leaky_integrator_backward",
        [imag, y],
        1,
        rows=1,
        decays=[sin],
        settings=training.Settings(),
    )
    near(got[0], to_x)
    near(sums[0] / 4096, to_decay)
    traces, ends = parts.resonator(
        real, imag, sin, cos, *states[:2], scale=4096, threshold=1
    )
    got, _ = launch(
        device,
        "resonator",
        [real, imag],
        2,
        last=2,
        decays=[sin, cos],
        states=states[:2],
        settings=training.settings("rf_iz", 4096, 1),
    )
    for array, wanted in zip(got, traces + ends, strict=True):
        same(array, wanted)
    rule = (1.0, 0.3, 4096)
    traces, ends = parts.adaptive(
        "adaptive_resonator", [real, imag], [sin, cos, ref, th], states, rule
    )
    got, _ = launch(
        device,
        "adaptive_resonator",
        [real, imag],
        4,
        last=4,
        decays=[sin, cos, ref, th],
        states=states,
        settings=training.settings("alif", 4096, 1.0, 0.3),
    )
    for array, wanted in zip(got, traces + ends, strict=True):
        same(array, wanted)


@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_sigma_delta_is_that_of_the_cpu(
    activation, cumulative, device, same, near, parts
):
    rng = np.random.default_rng(4)
    x, grad = (rng.normal(0, 0.2, SHAPE).astype(np.float32) for _ in range(2))
    bias = rng.normal(0, 0.1, 5).astype(np.float32)
    states = [rng.normal(0, 0.1, SHAPE[:-1]).astype(np.float32) for _ in range(4)]
    threshold = rng.uniform(0.05, 0.3, 5).astype(np.float32)
    rule = parts.DeltaRule(threshold, 4096, 0.7, 1.3, cumulative)
    settings = rule.settings(activation)
    arrays = {"decays": [threshold, bias], "states": states, "settings": settings}
    y, ends = parts.sigma_delta(x, bias, states, rule, activation=activation)
    got, _ = launch(device, "sigma_delta", [x], 1, last=4, **arrays)
    for array, wanted in zip(got, [y, *ends], strict=True):
        same(array, wanted)
    cpu = parts.sigma_delta_backward(x, bias, states, grad, rule, activation=activation)
    got, sums = launch(
        device, "sigma_delta_backward", [x, grad], 1, rows=2, planes=3, **arrays
    )
    for array, wanted in zip(got + sums, cpu, strict=True):
        near(array, wanted)


def test_shifts_are_those_of_the_cpu(device, same, near, parts):
    rng = np.random.default_rng(5)
    x, grad = (rng.normal(0, 1, SHAPE).astype(np.float32) for _ in range(2))
    delays = np.float32([0, 1.9, 62, 100, -3.5])
    arrays = {"decays": [delays], "settings": training.shift_settings(1.0)}
    got, _ = launch(device, "delay", [x], 1, **arrays)
    same(got[0], parts.delay(x, delays))
    got, sums = launch(device, "delay_backward", [grad, x], 1, rows=1, **arrays)
    to_x, to_delay = parts.delay_backward(grad, delays, x=x)
    same(got[0], to_x)
    near(sums[0], to_delay)
    taps = rng.normal(0, 1, 9).astype(np.float32)
    for correlate in (False, True):
        settings = training.shift_settings(0.5, correlate)
        got, _ = launch(device, "fir", [x], 1, taps=[taps], settings=settings)
        same(got[0], parts.fir(x, taps, sampling_time=0.5, correlate=correlate))


def test_kernels_of_the_cpu_alone_are_known(emulated_gpu):
    """What torch does there, or what has no use for one, has none on a GPU."""
    missing = {n for n in _training.kernel_names() if not emulated_gpu.has(n)}
    alone = ("spike", "complex_spike", "recurrent", "sparse", "window", "quantise")
    alone += (
        "conv",
        "sums",
        "product",
        "piecewise",
        "count",
        "find",
        "turn",
        "transpose",
    )
    assert all(n.startswith(alone) for n in missing)
