"""The golden vectors, through the kernels, on every instruction set."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

LEVELS = _training.levels()
MULTIPLIERS = {"rf": (0.5, 10.0)}  # of tau and scale; the others have 100 and 0.1


def state_of(state, x):
    return state if state.size == 1 else state.reshape(x.shape[:-1])


@pytest.fixture(params=LEVELS)
def simd(request):
    return request.param


def test_leaky_integrator(golden, equal, near, simd, parts):
    for case, meta, a in golden.cases("leaky_integrator"):
        x = golden.four(a["input"])
        y, _ = parts.leaky_integrator(
            x,
            a["decay"],
            state_of(a["state"], x),
            scale=meta["w_scale"],
            threshold=meta["threshold"],
            simd=simd,
        )
        equal(y, a["output"], case)
        grad, grad_decay = parts.leaky_integrator_backward(
            golden.four(a["w"]), a["decay"], output=y, simd=simd
        )
        near(grad, a["grad_input"], case)
        near(grad_decay * -4096, a["grad_decay"], case)


def test_resonator(golden, equal, near, simd, parts):
    for case, meta, a in golden.cases("resonator"):
        re, im = golden.four(a["real_input"]), golden.four(a["imag_input"])
        states = [state_of(a[f"{k}_state"], re) for k in ("real", "imag")]
        decays = [a["sin_decay"], a["cos_decay"]]
        (real, imag), _ = parts.resonator(
            re,
            im,
            *decays,
            *states,
            scale=meta["w_scale"],
            threshold=meta["threshold"],
            simd=simd,
        )
        equal(real, a["real"], case)
        equal(imag, a["imag"], case)
        grads, decay_grads = parts.resonator_backward(
            golden.four(a["w_real"]),
            golden.four(a["w_imag"]),
            *decays,
            real=real,
            imag=imag,
            simd=simd,
        )
        near(grads[0], a["grad_real_input"], case)
        near(grads[1], a["grad_imag_input"], case)
        near(decay_grads[0] * 4096, a["grad_sin_decay"], case)
        near(decay_grads[1] * 4096, a["grad_cos_decay"], case)


def rule_of(meta):
    return meta["th0"], meta["th_scale"], meta["w_scale"]


ADAPTIVE = {
    "adaptive_threshold": (["input"], ["ref", "th"], ["ref", "th"]),
    "adaptive_phase_th": (["re_input", "im_input"], ["ref", "th"], ["ref", "th", "im"]),
    "adaptive_resonator": (
        ["real_input", "imag_input"],
        ["sin", "cos", "ref", "th"],
        ["real", "imag", "ref", "th"],
    ),
}
KERNELS = {"adaptive_phase_th": "adaptive_phase_threshold"}


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive(name, golden, equal, parts, simd):
    """Traces of thresholds, and of the oscillator that has them."""
    inputs, decays, states = ADAPTIVE[name]
    traces = (*("real", "imag")[: len(decays) - 2], "threshold", "refractory")
    for case, meta, a in golden.cases(name):
        x = [golden.four(a[each]) for each in inputs]
        got, _ = parts.adaptive(
            KERNELS.get(name, name),
            x,
            [a[f"{each}_decay"] for each in decays],
            [state_of(a[f"{each}_state"], x[0]) for each in states],
            rule_of(meta),
            simd,
        )
        for trace, array in zip(traces, got, strict=True):
            equal(array, a[trace], (case, trace))


def test_spike(golden, equal, near, simd, parts):
    for case, meta, a in golden.cases("spike"):
        graded, threshold = meta["graded_spike"], meta["threshold"]
        names = ["voltage"] if case.startswith("real") else ["real", "imag"]
        given = [golden.four(a[name]) for name in names]
        if threshold is None:
            shape = a["spike"].shape
            threshold = golden.four(
                np.ascontiguousarray(np.broadcast_to(a["threshold"], shape))
            )
        states = []
        if len(names) > 1:
            last = np.float32([meta["imag_last"]]) if "imag_last" not in a else None
            states = [state_of(a["imag_last"] if last is None else last, given[0])]
        options = {"graded": graded, "simd": simd}
        sent = parts.spikes(given, threshold, *states, scale=meta["scale"], **options)
        equal(sent, a["spike"], case)
        surrogate = training.Surrogate(meta["tau_rho"], meta["scale_rho"])
        grads = parts.spikes_backward(
            given, threshold, golden.four(a["w"]), surrogate, **options
        )
        for name, grad in zip(names, grads, strict=True):
            near(grad, a[f"grad_{name}"], case)


def setting(neuron, meta, a, x):
    """Decays, initial states, threshold and surrogate of a neuron's case."""
    decays = [np.rint(a[f"param_{d}_decay"]).astype(np.float32) for d in neuron.decays]
    states = []
    for name in neuron.states:
        rest = meta["threshold"] if name == "threshold" else 0.0
        states.append(state_of(a.get(f"set_{name}_state", np.float32([rest])), x))
    epsilon = 0.01 / meta["s_scale"] if neuron.name == "cuba" else 0.0
    step = int(meta["args"].get("threshold_step", 0) * meta["w_scale"])
    threshold = training.Threshold(
        meta["threshold"] + epsilon,
        meta["s_scale"],
        step / meta["w_scale"],
        meta["args"].get("graded_spike", False),
    )
    tau, scale = MULTIPLIERS.get(neuron.name, (100.0, 0.1))
    surrogate = training.Surrogate(meta["tau_rho"] * tau, meta["scale_rho"] * scale)
    return decays, states, threshold, surrogate


def test_neuron(neuron, golden, equal, near, simd):
    roles = (
        [f"{n}_input" for n in neuron.inputs] if len(neuron.inputs) > 1 else ["input"]
    )
    checked = 0
    for case, meta, a in golden.cases(neuron.name):
        if meta["norm"]:
            continue
        first = golden.four(a[f"{roles[0]}0"])
        decays, states, threshold, surrogate = setting(neuron, meta, a, first)
        totals = np.zeros(2, object)
        for k in range(meta["calls"]):
            inputs = [golden.four(a[f"{role}{k}"]) for role in roles]
            got = training.neuron_forward(
                neuron, inputs, decays, states, threshold, traces=True, simd=simd
            )
            names = [f"spike{k}", *(f"{name}{k}" for name in neuron.outputs[1:])]
            for name, array in zip(names, got.outputs, strict=True):
                equal(array, a[name], (case, name))
                checked += 1
            grads = [golden.four(a[f"w_{name}"]) for name in names[:3]]
            back = training.neuron_backward(
                neuron,
                inputs,
                decays,
                states,
                grads,
                threshold,
                surrogate,
                decay_gradients=True,
                simd=simd,
            )
            for role, grad in zip(roles, back.inputs, strict=True):
                near(grad, a[f"grad_{role}{k}"], (case, role))
            totals = totals + np.array([*back.decays, None], object)[:2]
            if meta["args"].get("persistent_state"):
                states = got.states
                for name, state in zip(neuron.states, states, strict=True):
                    equal(state, a[f"{name}_state_end{k}"], (case, name, k))
        factor = 4096 if len(roles) > 1 else -4096  # upstream's scale and sign
        for name, total in zip(neuron.decays[:2], totals, strict=True):
            if f"grad_{name}_decay" in a:
                near(total * factor, a[f"grad_{name}_decay"], (case, name))
                checked += 1
    assert checked > 50


def test_sigma_delta(golden, equal, near, simd, parts):
    checked = 0
    for case, meta, a in golden.cases("sigma_delta"):
        if meta["kind"] != "sigma_delta" or meta.get("norm"):
            continue
        if meta["activation"] not in ("relu", "identity"):
            continue
        first = golden.four(a["input0"])
        channels = first.shape[1]
        bias = a.get("bias", np.zeros(1, np.float32)).reshape(-1)
        rule = parts.DeltaRule(
            a["delta_threshold"].reshape(-1),
            meta["s_scale"],
            meta["args"].get("tau_grad", 1.0),
            meta["args"].get("scale_grad", 1.0),
        )
        states = [np.zeros(1, np.float32)] * 4
        sums = [0.0, 0.0]
        for k in range(meta["calls"]):
            x = golden.four(a[f"input{k}"])
            y, ends = parts.sigma_delta(
                x, bias, states, rule, simd=simd, activation=meta["activation"]
            )
            equal(y, a[f"output{k}"], case)
            checked += 1
            if f"grad_input{k}" in a:
                grad, of_threshold, of_bias = parts.sigma_delta_backward(
                    x,
                    bias,
                    states,
                    golden.four(a[f"w{k}"]),
                    rule,
                    simd=simd,
                    activation=meta["activation"],
                )
                near(grad, a[f"grad_input{k}"], case)
                sums = [sums[0] + of_threshold, sums[1] + of_bias]
            if meta["args"].get("persistent_state"):
                states = ends
        if "grad_threshold" in a:
            near(sums[0], a["grad_threshold"], case)
        if "grad_bias" in a:
            near(sums[1], a["grad_bias"], case)
        assert channels
    assert checked > 8


def test_delta_and_sigma(golden, equal, near, simd, parts):
    for case, meta, a in golden.cases("sigma_delta"):
        if meta["kind"] == "sigma":
            state = np.zeros(1, np.float32)
            k = 0
            while f"input{k}" in a:
                y, last = parts.sigma(golden.four(a[f"input{k}"]), state, simd=simd)
                equal(y, a[f"output{k}"], case)
                state, k = last, k + 1
        if meta["kind"] != "delta":
            continue
        args = meta["args"]
        rule = parts.DeltaRule(
            a["threshold"].reshape(-1),
            args.get("scale", 64),
            args.get("tau_grad", 1.0),
            args.get("scale_grad", 1.0),
        )
        states, total = [np.zeros(1, np.float32)] * 3, 0.0
        for k in range(meta["calls"]):
            x = golden.four(a[f"input{k}"])
            y, ends = parts.delta(x, states, rule, simd=simd)
            equal(y, a[f"output{k}"], case)
            grad, of_threshold = parts.delta_backward(
                x, states, golden.four(a[f"w{k}"]), rule, simd=simd
            )
            near(grad, a[f"grad_input{k}"], case)
            total = total + of_threshold
            states = ends if args.get("persistent_state") else states
            if args.get("persistent_state"):
                equal(states[1], a[f"residual_state_end{k}"], case)
        if "grad_threshold" in a:
            near(total, a["grad_threshold"], case)


def test_filters(golden, near, simd, parts):
    for case, meta, a in golden.cases("filter"):
        if not case.startswith(("conv", "corr", "fir_")):
            continue
        x = a["input"].reshape(-1, 1, 1, a["input"].shape[-1])
        correlate = case.startswith("corr")
        time = meta.get("sampling_time", 1)
        y = parts.fir(
            x, a["filter"], sampling_time=time, correlate=correlate, simd=simd
        )
        near(y, a["output"], case)
        if "grad_input" in a:
            grad = parts.fir(
                a["w"].reshape(x.shape),
                a["filter"],
                sampling_time=time,
                correlate=not correlate,
                simd=simd,
            )
            near(grad, a["grad_input"], case)


@pytest.mark.parametrize("case", ["delay", "delay5"])
def test_delay(reference, golden, equal, near, simd, case, parts):
    with np.load(reference("slayer/axon.npz")) as file:
        a = {
            k.removeprefix(case + "."): file[k]
            for k in file
            if k.startswith(case + ".")
        }
    delays = a.get("delay_clamped", a.get("delay"))
    x, g = golden.four(a["x"]), golden.four(a["g"])
    equal(parts.delay(x, delays, simd=simd), a["y"])
    grad, of_delay = parts.delay_backward(g, delays, x=x, simd=simd)
    equal(grad, a["gx"])
    near(of_delay * a.get("grad_scale", 1.0), a["gdelay"])
