"""Rates, confidences and predictions against recorded values."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import classifier

MODES = ["probability", "softmax", "logsoftmax"]


@pytest.fixture
def recorded(arrays_of):
    return arrays_of("slayer/loss.npz")


@pytest.fixture(params=["Rate", "MW6"])
def case(request):
    made = classifier.Rate() if request.param == "Rate" else classifier.MovingWindow(6)
    return request.param, made


@pytest.mark.parametrize("mode", MODES)
def test_confidence_is_the_recorded_one(recorded, case, mode):
    name, made = case
    got = made.confidence(torch.tensor(recorded["x"]), mode=mode)
    want = recorded[f"{name}.conf.{mode}"]
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_rate_and_prediction_are_the_recorded_ones(recorded, case):
    name, made = case
    x = torch.tensor(recorded["x"])
    np.testing.assert_allclose(made.rate(x), recorded[f"{name}.rate"], rtol=1e-5)
    np.testing.assert_array_equal(made.predict(x), recorded[f"{name}.predict"])


def test_calling_the_module_predicts(recorded, case):
    x = torch.tensor(recorded["x"])
    torch.testing.assert_close(case[1](x), case[1].predict(x))


def test_prediction_takes_values_that_are_no_spikes():
    readout = torch.tensor([[[-1.5, -0.5], [0.25, -0.5]]])
    assert classifier.Rate.predict(readout).tolist() == [1]


def test_unknown_mode_is_named(case):
    with pytest.raises(ValueError, match="sharp"):
        case[1].confidence(torch.ones(1, 2, 8), mode="sharp")
