"""Spike functions against recorded runs, and what they make of unusual input."""

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


def fire(x, threshold=0.5, *, graded=False, tau=1, scale=1):
    return Spike.apply(x, threshold, tau, 1, graded, None, scale)


def cross(x, threshold=0.5, *, graded=False, tau=1, scale=1):
    imag = x - 0.5 if isinstance(x, torch.Tensor) else x
    return complex.Spike.apply(x, imag, threshold, tau, 1, graded, -1, scale)


both = pytest.mark.parametrize("function", [fire, cross])
on_both = pytest.mark.usefixtures("path")


@both
@on_both
@pytest.mark.parametrize("shape", [(2, 3, 0), (0, 3, 4), (5,)])
def test_short_and_empty_inputs_run(function, shape):
    x = torch.zeros(shape, requires_grad=True)
    spikes = function(x)
    spikes.sum().backward()
    assert spikes.shape == x.grad.shape == shape


@both
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_precisions_spike_alike(function, dtype, graded):
    x = torch.randn(2, 3, 40).to(dtype).requires_grad_()
    y = x.detach().float().requires_grad_()
    spikes, wanted = function(x, graded=graded), function(y, graded=graded)
    spikes.sum().backward()
    wanted.sum().backward()
    assert spikes.dtype == x.grad.dtype == dtype and spikes.any()
    torch.testing.assert_close(spikes.float(), wanted)
    rounding = max(float(torch.finfo(dtype).eps), 1e-5)
    close = {"rtol": 8 * rounding, "atol": 8 * rounding * float(y.grad.abs().max())}
    torch.testing.assert_close(x.grad.float(), y.grad, **close)


@both
@on_both
def test_strided_voltages_and_thresholds_run_alike(function):
    x, level = torch.randn(2, 3, 40), torch.rand(3, 1)
    strided = x.transpose(0, 2).contiguous().transpose(0, 2)
    assert torch.equal(function(strided, level), function(x, level))
    assert torch.equal(function(x, level), function(x, level.expand(2, 3, 40)))


@both
@on_both
@pytest.mark.parametrize("graded", [False, True])
def test_nan_never_spikes_and_infinity_may(function, graded):
    x = torch.tensor([[[-1.0, float("nan"), -1.0, float("-inf"), float("inf"), 1.0]]])
    sent = float("inf") if graded else 1.0
    then = 1.0 if function is fire else 0.0  # the phase has risen already
    assert function(x, graded=graded).tolist() == [[[0.0, 0.0, 0.0, 0.0, sent, then]]]


@both
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (torch.ones(2, 3).int(),),
            TypeError,
            r"needs floating point; use x.float\(\)",
        ),
        (([1.0],), TypeError, "input is a list, needs a tensor"),
        ((torch.ones(2, 3), torch.ones(4)), ValueError, r"to \(2, 3\)"),
    ],
)
def test_what_is_no_voltage_is_refused(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


@both
@pytest.mark.parametrize("options", [{"tau": 0}, {"tau": float("nan")}, {"scale": 0}])
def test_numbers_that_divide_must_be_positive(function, options):
    with pytest.raises(ValueError, match="needs a positive number"):
        function(torch.ones(2, 3), **options)


@pytest.mark.parametrize("other", [torch.ones(2, 4), torch.ones(2, 3).double()])
def test_parts_must_be_alike(other):
    with pytest.raises(ValueError, match=r"real and imag are .*, need the same"):
        complex.Spike.apply(torch.ones(2, 3), other, 1.0, 1, 1, False, 0, 1)
