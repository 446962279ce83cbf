"""What a neuron can't use is refused with a sentence that names the mend."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import axon

X = torch.ones(2, 3, 5)
ONE = torch.ones(1)


@pytest.mark.parametrize(
    ("convert", "error", "message"),
    [
        (lambda x: x.int(), TypeError, r"input is torch.int32, .*use x.float\(\)"),
        (lambda x: x.bool(), TypeError, r"input is torch.bool, .*use x.float\(\)"),
        (lambda x: x + 1j, TypeError, "input is torch.complex64, needs floating"),
        (np.asarray, TypeError, "input is a ndarray, .*use torch.as_tensor"),
        (
            lambda x: x.to("meta"),
            ValueError,
            r"input is on meta, the module on cpu; move one with .to\(\)",
        ),
    ],
)
def test_inputs_that_are_no_floats_here_are_refused(any_kind, convert, error, message):
    inputs = [convert(x) for x in any_kind.input(2, 3, 5)]
    with pytest.raises(error, match=message):
        any_kind()(any_kind.argument(inputs))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0}, "scale is 0, needs a positive number"),
        ({"tau_grad": 0}, "tau_grad is 0, needs a positive number"),
        ({"tau_grad": float("nan")}, "tau_grad is nan, needs a positive number"),
        ({"threshold": float("inf")}, "threshold is inf, needs a finite number"),
        ({"threshold": float("nan")}, "threshold is nan, needs a finite number"),
    ],
)
def test_numbers_that_make_no_neuron_are_refused(any_kind, options, message):
    with pytest.raises(ValueError, match=message):
        any_kind(**options)


@pytest.mark.parametrize("shared", [True, False])
def test_decays_that_are_no_number_are_refused(kind, shared):
    name = "decay" if kind.complex else "voltage_decay"
    with pytest.raises(ValueError, match="decay is NaN, needs a number"):
        kind(**{name: float("nan")}, shared_param=shared)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((float("nan"),), "shift_val is nan, needs a finite number"),
        ((float("inf"),), "shift_val is inf, needs a finite number"),
        ((1, 0), "sampling_time is 0, needs a positive number"),
    ],
)
def test_delays_refuse(arguments, message):
    with pytest.raises(ValueError, match=message):
        axon.delay(X, *arguments)
