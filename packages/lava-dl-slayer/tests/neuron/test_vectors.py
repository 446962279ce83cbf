"""The six spiking neurons against recorded runs: every case, every array."""

import importlib
import json

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer.neuron import norm

REAL = ["cuba", "alif"]
COMPLEX = ["rf", "rf_iz", "adrf", "adrf_iz"]
COMMON = [
    "default",
    "grad",
    "graded",
    "scale32",
    "scale100",
    "persistent",
    "persistent_graded",
    "persistent_b1",
    "step_by_step",
    "nonpersistent_states",
    "channel_range",
    "channel_jitter",
    "dims5",
    "norm_mean",
    "norm_wgt",
]
EXTRA = {
    "cuba": ["thr64_eps_lost", "decay_clamp"],
    "alif": ["decay_unclamped"],
    **{name: ["channel_nolog"] for name in COMPLEX},
}
# Deliberate differences, each held by a test of its own.
NORMED_STATE = ("cuba", "norm_wgt")
UNCLAMPED = ("alif", "decay_unclamped")
CASES = [(n, c) for n in REAL + COMPLEX for c in COMMON + EXTRA[n]]
CASES.remove(UNCLAMPED)
STATES = ["current_state", "voltage_state", "real_state", "imag_state"]
STATES += ["threshold_state", "refractory_state"]
LEAKS = ("current_decay", "voltage_decay")
TURNS = ("sin_decay", "cos_decay")


def close(found, wanted, what):
    limit = 1e-5 * max(1.0, float(np.abs(wanted).max(initial=0)))
    found = found.detach().numpy()
    assert found.shape == wanted.shape, what
    assert float(np.abs(found - wanted).max(initial=0)) <= limit, what


def equal(found, wanted, what):
    found = found.detach().numpy()
    assert found.dtype == wanted.dtype, what
    np.testing.assert_array_equal(found, wanted, err_msg=what)


class Recorded:
    """One case of a file: its arrays, what was called, and the same neuron."""

    def __init__(self, path, name, case):
        self.name, self.case = name, case
        prefix = case + "/"
        with np.load(path) as data:
            found = [key for key in data.files if key.startswith(prefix)]
            self.arrays = {key.removeprefix(prefix): data[key] for key in found}
        self.meta = json.loads(str(self.arrays.pop("meta")))

    def make(self):
        args = {
            k: tuple(v) if isinstance(v, list) else v
            for k, v in self.meta["args"].items()
        }
        if self.meta["norm"]:
            args["norm"] = getattr(norm, self.meta["norm"])
        module = importlib.import_module(f"lava.lib.dl.slayer.neuron.{self.name}")
        if self.meta["seed"] is not None:
            torch.manual_seed(self.meta["seed"])
        return module.Neuron(**args)

    def input(self, k):
        names = [f"input{k}"] if self.name in REAL else ["real_input", "imag_input"]
        names = names if self.name in REAL else [f"{n}{k}" for n in names]
        return [torch.tensor(self.arrays[n], requires_grad=True) for n in names]

    @property
    def calls(self):
        # The state after a norm differs on purpose, and with it the second call.
        return 1 if (self.name, self.case) == NORMED_STATE else self.meta["calls"]

    def traces(self):
        pair = ("current", "voltage") if self.name in REAL else ("real", "imag")
        levels = () if self.name in ("cuba", "rf", "rf_iz") else LEVELS
        return pair + levels


LEVELS = ("threshold", "refractory")


@pytest.fixture(params=CASES, ids=lambda p: "-".join(p))
def recorded(request, reference):
    name, case = request.param
    return Recorded(reference(f"neurons/{name}.npz"), name, case)


def spike(neuron, traces):
    return (
        neuron.spike(traces[1])
        if len(traces) == 2 and hasattr(neuron, "current_decay")
        else neuron.spike(*(traces[1:] if hasattr(neuron, "current_decay") else traces))
    )


def check_states(recorded, neuron, when):
    for name in STATES:
        key = f"{name}_{when}"
        skipped = (recorded.name, recorded.case) == NORMED_STATE
        if key in recorded.arrays and not (skipped and name == "current_state"):
            equal(getattr(neuron, name), recorded.arrays[key], key)


def assign(recorded, neuron):
    for name in STATES:
        if f"set_{name}" in recorded.arrays:
            setattr(neuron, name, torch.tensor(recorded.arrays[f"set_{name}"]))


def run(recorded, neuron):
    """Runs all calls; inputs, the loss, and each call's results checked."""
    loss, inputs = 0.0, []
    arrays = recorded.arrays
    for k in range(recorded.calls):
        if k == 1 and recorded.meta["eval_second"]:
            neuron.eval()
        x = recorded.input(k)
        traces = neuron.dynamics(x[0] if len(x) == 1 else tuple(x))
        for trace, name in zip(traces, recorded.traces(), strict=True):
            equal(trace, arrays[f"{name}{k}"], f"{name}{k}")
        check_states(recorded, neuron, f"dyn{k}")
        spikes = spike(neuron, traces)
        equal(spikes, arrays[f"spike{k}"], f"spike{k}")
        check_states(recorded, neuron, f"end{k}")
        loss = loss + (torch.tensor(arrays[f"w_spike{k}"]) * spikes).sum()
        for trace, name in zip(traces[:2], recorded.traces()[:2], strict=True):
            loss = loss + (torch.tensor(arrays[f"w_{name}{k}"]) * trace).sum()
        inputs.append(x)
    return inputs, loss


def check_parameters(recorded, neuron):
    for name, parameter in neuron.named_parameters():
        key = f"param_{name}"
        if key not in recorded.arrays:
            continue
        wanted = recorded.arrays[key]
        if name in TURNS:
            np.testing.assert_allclose(parameter.detach(), wanted, rtol=1e-6)
        else:
            equal(parameter, wanted, key)


def check_gradients(recorded, neuron, inputs):
    arrays = recorded.arrays
    names = ["input"] if recorded.name in REAL else ["real_input", "imag_input"]
    for k, x in enumerate(inputs):
        for name, each in zip(names, x, strict=True):
            close(each.grad, arrays[f"grad_{name}{k}"], f"grad_{name}{k}")
    if recorded.calls < recorded.meta["calls"]:
        return
    for name, parameter in neuron.named_parameters():
        if f"grad_{name}" in arrays:
            wanted = arrays[f"grad_{name}"] * upstream_factor(name)
            # Sums over all neurons and steps, recorded in float32.
            np.testing.assert_allclose(parameter.grad, wanted, rtol=5e-5, atol=2e-9)


def upstream_factor(name):
    """Recorded decay gradients lack 1 / 4096, and those of integrators the sign."""
    if name in LEAKS:
        return np.float32(-1 / 4096)
    return np.float32(1 / 4096) if name in TURNS else np.float32(1)


@pytest.mark.usefixtures("path")
def test_runs_as_recorded(recorded):
    neuron = recorded.make()
    assign(recorded, neuron)
    inputs, loss = run(recorded, neuron)
    check_parameters(recorded, neuron)
    loss.backward()
    check_gradients(recorded, neuron, inputs)


def plain(value):
    return np.asarray(value).tolist()


def test_facts_are_as_recorded(recorded):
    neuron = recorded.make()
    assign(recorded, neuron)
    run(recorded, neuron)
    meta = recorded.meta
    params = {k: plain(v) for k, v in neuron.device_params.items()}
    assert params == meta["device_params"]
    assert list(params) == list(meta["device_params"])
    for fact in ("threshold", "tau_rho", "scale_rho", "w_scale", "s_scale"):
        assert getattr(neuron, fact) == meta[fact], fact
    assert neuron.weight_exponent == meta["weight_exponent"]
    assert neuron.v_th_mant == meta["v_th_mant"]
    for name in ("decay", "period", "frequency", "lam"):
        if f"prop_{name}" in recorded.arrays:
            wanted = recorded.arrays[f"prop_{name}"]
            np.testing.assert_allclose(getattr(neuron, name), wanted, rtol=2e-6)
    check_norms(recorded, neuron)


def check_norms(recorded, neuron):
    if recorded.calls < recorded.meta["calls"]:
        return
    for which in ("norm", "real_norm", "imag_norm"):
        for fact in ("running_mean", "running_var", "bias", "weight_exp"):
            key = f"end_{which}_{fact}"
            if key in recorded.arrays:
                close(getattr(getattr(neuron, which), fact), recorded.arrays[key], key)


@pytest.mark.usefixtures("path")
def test_fused_pass_gives_the_same(recorded):
    """Forward in one pass: spikes, stored states and gradients of the parts."""
    neuron, whole = recorded.make(), recorded.make()
    assign(recorded, neuron)
    assign(recorded, whole)
    for k in range(recorded.calls):
        seed = 1 if recorded.meta["seed"] is None else recorded.meta["seed"]
        results = []
        for each, by_parts in ((neuron, True), (whole, False)):
            torch.manual_seed(seed)
            x = recorded.input(k)
            argument = x[0] if len(x) == 1 else tuple(x)
            spikes = (
                spike(each, each.dynamics(argument)) if by_parts else each(argument)
            )
            spikes.sum().backward()
            results.append((spikes, [i.grad for i in x]))
        (spikes, grads), (fused, fused_grads) = results
        assert torch.equal(spikes, fused)
        for a, b in zip(grads, fused_grads, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
        for name in STATES:
            if hasattr(neuron, name):
                assert torch.equal(getattr(neuron, name), getattr(whole, name)), name


@pytest.mark.parametrize("name", REAL + COMPLEX)
def test_every_recorded_case_is_listed(name, arrays_of):
    found = {k.split("/")[0] for k in arrays_of(f"neurons/{name}.npz")}
    assert found == set(COMMON + EXTRA[name])
