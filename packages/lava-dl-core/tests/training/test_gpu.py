"""The GPU's kernels give the CPU's bits forward and its gradients within rounding.

Each test runs on a GPU, if there is one, and on the same source made for the CPU.
"""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

SHAPE = (3, 5, 7, 83)


def launch(device, name, inputs, outputs, *, settings, learned=0, last=0, **arrays):
    """Runs a kernel; gives outputs and last states, and the parameters' gradients."""
    shape = inputs[0].shape
    parameters = arrays.get("decays", ())
    sizes = [p.size for p in parameters]
    room = training.sums_size(int(np.prod(shape[:-1])), sizes[:learned])
    made = {
        "outputs": [np.full(shape, np.nan, np.float32) for _ in range(outputs)],
        "last": [np.empty(shape[:-1], np.float32) for _ in range(last)],
        "gradients": [np.full(p.shape, np.nan, "f4") for p in parameters[:learned]],
        "sums": [np.full(room, np.nan)],
        "inputs": inputs,
        "parameters": parameters,
        "states": arrays.get("states", ()),
        "taps": arrays.get("taps", ()),
    }
    on = {
        role: [None if a is None else device.put(a) for a in each]
        for role, each in made.items()
    }
    at = {
        role: [0 if a is None else device.address(a) for a in each]
        for role, each in on.items()
    }
    (sums,), taps = at.pop("sums"), at.pop("taps")
    training.run_on_gpu(
        name,
        shape,
        settings,
        device.stream,
        sizes=sizes,
        sums=sums,
        taps=taps[0] if taps else 0,
        tap_count=made["taps"][0].size if taps else 0,
        gradient_factor=arrays.get("factor", 1.0),
        rule=arrays.get("rule", (1.0, 0.0, 0.0)),
        **at,
    )
    got = [device.get(array) for array in (*on["outputs"], *on["last"])]
    return got, [device.get(each) for each in on["gradients"]]


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
@pytest.mark.parametrize(
    ("loud", "latency"), [(1.0, 0), (1.0, 3), (1.0, 100), (1e4, 3), (1e30, 0)]
)
def test_neurons_have_the_bits_of_the_cpu(
    neuron, loud, latency, scale, graded, device, same
):
    arrays, decays, states = drawn(neuron, loud)
    threshold = training.Threshold(1.0, scale, 0.3, graded)
    cpu = training.neuron_forward(
        neuron, arrays, decays, states, threshold, latency=latency
    )
    found, _ = launch(
        device,
        neuron.name,
        arrays,
        1,
        last=len(neuron.states),
        decays=decays,
        states=states,
        settings=training.neuron_settings(neuron, threshold, latency=latency),
    )
    for got, wanted in zip(found, cpu.outputs + cpu.states, strict=True):
        same(got, wanted)


EXACT = [training.Surrogate(2, 1, "exact", shape) for shape in training.SURROGATES]
# Loud rows leave 32 bits; beyond them the gradient of a flat surrogate overflows.
QUIET = [(surrogate, 1.0, 4096.0, 0) for surrogate in EXACT]
LOUD = [
    (surrogate, *case)
    for surrogate in (training.Surrogate(2, 1), EXACT[0])
    for case in [(1.0, 6400.0, 2), (1e3, 4096.0, 0), (1e3, 6400.0, 90)]
]


@pytest.mark.parametrize(("surrogate", "loud", "scale", "latency"), QUIET + LOUD)
def test_neurons_have_the_gradients_of_the_cpu(
    neuron, loud, scale, latency, surrogate, device, near
):
    """Of rows within 32 bits and beyond them, from the states put aside by tiles."""
    arrays, decays, states = drawn(neuron)
    for x in arrays:
        x[0, :3] *= np.float32(loud)
    rng = np.random.default_rng(2)
    grads = [rng.normal(0, 1, SHAPE).astype(np.float32), None, None]
    threshold = training.Threshold(1.0, scale, 0.3)
    cpu = training.neuron_backward(
        neuron,
        arrays,
        decays,
        states,
        grads,
        threshold,
        surrogate,
        latency=latency,
        decay_gradients=True,
    )
    got, sums = launch(
        device,
        f"{neuron.name}_backward",
        [*arrays, grads[0]],
        len(arrays),
        learned=len(cpu.decays),
        factor=1 / 4096,
        decays=decays,
        states=states,
        settings=training.neuron_settings(
            neuron, threshold, surrogate, latency=latency
        ),
    )
    for array, wanted in zip(got + sums, cpu.inputs + cpu.decays, strict=True):
        near(array, wanted)


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
        learned=1,
        factor=1 / 4096,
        decays=[sin],
        settings=training.Settings(),
    )
    near(got[0], to_x)
    near(sums[0], to_decay)
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
        device, "sigma_delta_backward", [x, grad], 1, learned=2, **arrays
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
    got, sums = launch(device, "delay_backward", [grad, x], 1, learned=1, **arrays)
    to_x, to_delay = parts.delay_backward(grad, delays, x=x)
    same(got[0], to_x)
    near(sums[0], to_delay)
    taps = rng.normal(0, 1, 9).astype(np.float32)
    for correlate in (False, True):
        settings = training.shift_settings(0.5, correlate)
        got, _ = launch(device, "fir", [x], 1, taps=[taps], settings=settings)
        same(got[0], parts.fir(x, taps, sampling_time=0.5, correlate=correlate))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("rows", [1, 31, 65, 200])
@pytest.mark.parametrize("steps", [1, 31, 32, 33, 64, 97])
def test_any_number_of_rows_and_steps_fits_tiles(rows, steps, shared, device, near):
    """States stand aside in the rows there are; sums leave the others out."""
    rng = np.random.default_rng(rows + steps)
    x, grad = (rng.normal(0, 1, (1, rows, 1, steps)).astype("f4") for _ in range(2))
    count = 1 if shared else rows
    decays = [rng.integers(0, 3000, count).astype("f4") for _ in range(2)]
    starts = [rng.normal(0, 1, (1, rows, 1)).astype("f4") for _ in range(2)]
    threshold, surrogate = training.Threshold(1.0, 4096.0), training.Surrogate(2, 1)
    cpu = training.neuron_backward(
        training.CUBA,
        [x],
        decays,
        starts,
        [grad, None, None],
        threshold,
        surrogate,
        decay_gradients=True,
    )
    got, sums = launch(
        device,
        "cuba_backward",
        [x, grad],
        1,
        learned=2,
        factor=1 / 4096,
        decays=decays,
        states=starts,
        settings=training.neuron_settings(training.CUBA, threshold, surrogate),
    )
    for array, wanted in zip(got + sums, cpu.inputs + cpu.decays, strict=True):
        near(array, wanted)


@pytest.mark.parametrize("spread", [0.01, 3.0, 1e6])
def test_weights_are_quantised_as_on_the_cpu(spread, device, same):
    rng = np.random.default_rng(6)
    rule = (2 / 64, -4.0, 254 / 64)
    weight, grad = (rng.normal(0, spread, 300).astype("f4") for _ in range(2))
    weight[::3] = np.rint(weight[::3] * 64) / 64  # halves between two steps
    flat = [each.reshape(-1, 1, 1, 1) for each in (weight, grad)]
    settings = training.Settings()
    (got,), _ = launch(device, "quantise", flat[:1], 1, rule=rule, settings=settings)
    same(got.reshape(-1), training.quantise(weight, *rule))
    (got,), _ = launch(
        device, "quantise_backward", flat, 1, rule=rule, settings=settings
    )
    same(got.reshape(-1), training.quantise_backward(weight, grad, *rule))


def test_kernels_of_the_cpu_alone_are_known(emulated_gpu):
    """What torch does there, or what has no use for one, has none on a GPU."""
    missing = {n for n in _training.kernel_names() if not emulated_gpu.has(n)}
    alone = (
        *("spike", "complex_spike", "sparse", "windows_", "conv", "sums", "product"),
        *("piecewise", "count", "find", "transpose", "returning_weight"),
    )
    assert all(n.startswith(alone) for n in missing)
