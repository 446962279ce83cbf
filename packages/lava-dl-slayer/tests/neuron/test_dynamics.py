"""Dynamics functions against recorded runs, on the kernels and in plain torch."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer.neuron.dynamics import (
    adaptive_phase_th,
    adaptive_resonator,
    adaptive_threshold,
    leaky_integrator,
    resonator,
)

# Recorded decay gradients lack 1 / 4096, and those of the integrator the sign.
FACTORS = {"decay": -1 / 4096, "sin_decay": 1 / 4096, "cos_decay": 1 / 4096}
DYNAMICS = {
    "leaky_integrator": (leaky_integrator, ("output",)),
    "resonator": (resonator, ("real", "imag")),
    "adaptive_threshold": (adaptive_threshold, ("threshold", "refractory")),
    "adaptive_phase_th": (adaptive_phase_th, ("threshold", "refractory")),
    "adaptive_resonator": (
        adaptive_resonator,
        ("real", "imag", "threshold", "refractory"),
    ),
}
CASES = {
    "leaky_integrator": (
        "basic reset reset_eps boundary_eps boundary_noeps channel channel_nothr "
        "frac_decay dims2 dims4 dims5 scale_nonpow2 w64 large decay0 decay4096 "
        "thr0_noreset T1 channel5d_derived"
    ),
    "resonator": (
        "basic state iz iz_frac_th iz_th0 channel channel_iz dims2 dims5 "
        "scale_nonpow2 large T1 frac_decay channel5d_derived"
    ),
    "adaptive_threshold": (
        "basic state neg_state channel frac_decay dims4 dims5 scale_nonpow2 neg_th"
    ),
    "adaptive_phase_th": "basic state channel raw_trunc dims4",
    "adaptive_resonator": "basic state channel dims5 scale_nonpow2",
}
NAMED = [(name, case) for name, cases in CASES.items() for case in cases.split()]


def run(name, case, contiguous=True):
    function, outputs = DYNAMICS[name]
    arguments = {k: v for k, v in case.meta.items() if k not in ("fn", "derived")}
    learned = [k for k in case if f"grad_{k}" in case]
    for key in case:
        if key in outputs or key.startswith(("w_", "grad_")) or key == "w":
            continue
        value = case.tensor(key)
        if not contiguous and value.ndim > 1:
            value = value.transpose(0, -1).contiguous().transpose(0, -1)
        arguments[key] = value.requires_grad_(key in learned)
    results = function.dynamics(**arguments)
    return outputs, results if isinstance(results, tuple) else (results,), arguments


@pytest.mark.parametrize(("name", "case"), NAMED)
@pytest.mark.usefixtures("path")
def test_runs_as_recorded(name, case, vectors, exactly, nearly):
    recorded = vectors(f"neurons/{name}.npz")[case]
    outputs, results, arguments = run(name, recorded)
    loss = 0
    for key, result in zip(outputs, results, strict=True):
        exactly(result, recorded[key], key)
        weight = "w" if key == "output" else f"w_{key}"
        if weight in recorded:
            loss = loss + (recorded.tensor(weight) * result).sum()
    if not isinstance(loss, torch.Tensor):
        return
    loss.backward()
    for key, argument in arguments.items():
        if f"grad_{key}" in recorded:
            wanted = recorded[f"grad_{key}"]
            found = argument.grad / FACTORS.get(key, 1)
            nearly(found, wanted, key, 5e-5 if key in FACTORS else 1e-5)


@pytest.mark.parametrize("name", CASES)
def test_every_recorded_case_is_listed(name, vectors):
    assert set(vectors(f"neurons/{name}.npz")) == set(CASES[name].split())


@pytest.mark.parametrize("name", CASES)
def test_strided_inputs_give_the_same(name, vectors):
    recorded = vectors(f"neurons/{name}.npz")["basic"]
    _, results, _ = run(name, recorded)
    _, strided, _ = run(name, recorded, contiguous=False)
    for a, b in zip(results, strided, strict=True):
        assert torch.equal(a, b)


PERSISTENT = {
    "li": lambda c: leaky_integrator.persistent_state(c["state"], c["spike"]),
    "res_real": lambda c: resonator.persistent_real_state(c["state"], c["spike"]),
    "res_imag": lambda c: resonator.persistent_imag_state(
        c["state"], c["spike"], 0.75, 4096
    ),
    "ref": lambda c: adaptive_threshold.persistent_ref_state(
        c["state"], c["spike"], c["th_state"]
    ),
    "th": lambda c: adaptive_threshold.persistent_th_state(c["state"], c["spike"], 0.3),
}


@pytest.mark.parametrize("case", PERSISTENT)
def test_stored_states_are_as_recorded(case, vectors, exactly):
    recorded = vectors("neurons/persistent.npz")[case]
    tensors = {k: recorded.tensor(k) for k in recorded}
    exactly(PERSISTENT[case](tensors), recorded["output"])


def test_decays_must_be_one_or_per_channel():
    x = torch.zeros(2, 3, 4, 5)
    with pytest.raises(ValueError, match="axis 1"):
        leaky_integrator.dynamics(x, torch.zeros(4), torch.zeros(1), 64)


@pytest.mark.parametrize("name", CASES)
def test_accelerated_says_that_there_is_no_module(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    module = DYNAMICS[name][0]
    assert module.Accelerated.module is None
    with pytest.raises(Exception, match="CUDA is not available in the system"):
        getattr(module.Accelerated, name)


def test_debug_changes_nothing():
    x = torch.randn(2, 3, 20)
    decay, state = torch.tensor([np.float32(1234.7)]), torch.zeros(1)
    plain = leaky_integrator.dynamics(x, decay, state, 4096, 1.0)
    assert torch.equal(
        plain, leaky_integrator.dynamics(x, decay, state, 4096, 1.0, debug=True)
    )


@pytest.mark.usefixtures("path")
def test_nan_gradients_pass_on():
    x = torch.zeros(1, 1, 3, requires_grad=True)
    decay, state = torch.tensor([1000.0]), torch.zeros(1)
    real, _ = resonator.dynamics(x, x, decay, decay, state, state, 4096)
    (grad,) = torch.autograd.grad(real, x, torch.tensor([[[0.0, float("nan"), 1.0]]]))
    assert grad.isnan().tolist() == [[[True, True, False]]]
