"""Spike functions against recorded runs."""

import pytest
import torch

from lava.lib.dl.slayer.spike import Spike, complex

REAL = "float_th float_th_graded narrow narrow_graded tensor_th d5 graded_scale4"
COMPLEX = "float_th graded tensor_th tensor_th_graded lastneg"


def threshold(case):
    given = case.meta["threshold"]
    return case.tensor("threshold") if given is None else given


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("name", REAL.split())
def test_real_spikes_are_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/spike.npz")[f"real_{name}"]
    meta = case.meta
    voltage = case.tensor("voltage", requires_grad=True)
    spikes = Spike.apply(
        voltage,
        threshold(case),
        meta["tau_rho"],
        meta["scale_rho"],
        meta["graded_spike"],
        torch.zeros(voltage.shape[:-1]),
        meta["scale"],
    )
    exactly(spikes, case["spike"])
    (spikes * case.tensor("w")).sum().backward()
    nearly(voltage.grad, case["grad_voltage"])


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("name", COMPLEX.split())
def test_complex_spikes_are_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/spike.npz")[f"complex_{name}"]
    meta = case.meta
    real = case.tensor("real", requires_grad=True)
    imag = case.tensor("imag", requires_grad=True)
    last = meta["imag_last"]
    spikes = complex.Spike.apply(
        real,
        imag,
        threshold(case),
        meta["tau_rho"],
        meta["scale_rho"],
        meta["graded_spike"],
        case.tensor("imag_last") if last is None else last,
        meta["scale"],
    )
    exactly(spikes, case["spike"])
    (spikes * case.tensor("w")).sum().backward()
    nearly(real.grad, case["grad_real"])
    nearly(imag.grad, case["grad_imag"])


def test_every_recorded_case_is_listed(vectors):
    listed = {f"real_{n}" for n in REAL.split()}
    listed |= {f"complex_{n}" for n in COMPLEX.split()}
    assert set(vectors("neurons/spike.npz")) == listed


@pytest.mark.parametrize("shape", [(2, 3, 0), (0, 3, 4)])
def test_empty_inputs_give_empty_spikes(shape):
    x = torch.zeros(shape, requires_grad=True)
    spikes = complex.Spike.apply(x, x, 1.0, 1, 1, False, 0, 1)
    spikes.sum().backward()
    assert spikes.shape == x.grad.shape == shape
    assert Spike.apply(x, 1.0, 1, 1, False, None, 1).shape == shape
