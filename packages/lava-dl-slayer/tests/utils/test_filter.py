"""Filters against recorded runs."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer._plain import time as plain
from lava.lib.dl.slayer.utils.filter import FIR, FIRBank, conv, corr

CASES = "conv2 conv3 conv5 conv1 corr3 corr_ts"


@pytest.mark.parametrize("name", CASES.split())
@pytest.mark.usefixtures("path")
def test_filters_are_as_recorded(name, vectors, nearly):
    case = vectors("neurons/filter.npz")[name]
    function = {"conv": conv, "corr": corr}[case.meta["fn"]]
    x = case.tensor("input", requires_grad=True)
    y = function(x, case.tensor("filter"), case.meta["sampling_time"])
    nearly(y, case["output"])
    (y * case.tensor("w")).sum().backward()
    nearly(x.grad, case["grad_input"])


def test_kernel_and_plain_filter_give_the_same_bits():
    x, taps = torch.randn(2, 3, 50), torch.randn(12)
    for correlate, function in ((False, conv), (True, corr)):
        wanted = plain.fir(x, taps, 0.5, correlate)
        assert torch.equal(function(x, taps, 0.5), wanted)


@pytest.mark.parametrize("name", ["fir_default", "fir_resp"])
def test_fir_is_as_recorded(name, vectors, nearly):
    case = vectors("neurons/filter.npz")[name]
    arguments = {k: v for k, v in case.meta.items() if k != "fn"}
    if name == "fir_resp":
        arguments["fir_response"] = case["filter"]
    module = FIR(**arguments)
    nearly(module.filter, case["filter"])
    nearly(module(case.tensor("input")), case["output"])
    assert list(module.state_dict()) == ["filter"]


def test_firbank_is_as_recorded(vectors, nearly):
    case = vectors("neurons/filter.npz")["firbank"]
    bank = FIRBank(case.meta["num_filter"], case.meta["filter_length"])
    bank.weight.data = case.tensor("weight")
    x = case.tensor("input", requires_grad=True)
    y = bank(x)
    nearly(y, case["output"])
    (y * case.tensor("w")).sum().backward()
    nearly(x.grad, case["grad_input"])
    nearly(bank.weight.grad, case["grad_weight"])
    np.testing.assert_array_equal(bank.impulse_response, case["impulse_response"])


def test_filters_meet_the_second_set(arrays_of, nearly):
    data = arrays_of("slayer/utils.npz")
    x, f = torch.tensor(data["x"]), torch.tensor(data["f"])
    nearly(conv(x, f), data["conv"])
    nearly(corr(x, f), data["corr"])
    nearly(conv(x, f, 2), data["conv.ts2"])
    nearly(FIR().filter, data["fir.default"])
    nearly(FIR(time_constant=5, length=8).filter, data["fir.tau5_len8"])
    weight = torch.tensor(data["firbank.w"])
    bank = FIRBank(weight.shape[0], weight.shape[-1])
    bank.weight.data = weight
    nearly(bank(x), data["firbank.y"])


def test_firbank_keeps_the_length_at_other_sampling_times():
    bank = FIRBank(2, 6, sampling_time=2)
    assert bank.filter_length == 3
    assert bank(torch.randn(1, 3, 10)).shape == (1, 6, 10)


def test_a_filter_that_wants_a_gradient_is_told():
    taps = torch.ones(3, requires_grad=True)
    with pytest.warns(UserWarning, match="FIRBank"):
        y = conv(torch.randn(1, 1, 5, requires_grad=True), taps)
    y.sum().backward()
    assert taps.grad is None
