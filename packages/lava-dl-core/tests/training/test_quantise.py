"""Weights rounded to steps within limits, and their gradient, in numpy's arithmetic."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

STEP, LOW, HIGH = STEPS = (2 / 64, -4.0, 254 / 64)


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("size", [0, 1, 37, 40_000])
@pytest.mark.parametrize("spread", [0.01, 3.0, 1e6, 1e30])
def test_weights_are_rounded_half_to_even_within_limits(size, spread, simd):
    rng = np.random.default_rng(size)
    weight = rng.normal(0, spread, size).astype(np.float32)
    weight[::3] = np.rint(weight[::3] * 64) / 64  # halves between two steps
    rounded = np.rint(weight / np.float32(STEP)) * np.float32(STEP)
    found = training.quantise(weight, *STEPS, simd=simd)
    np.testing.assert_array_equal(found, rounded.clip(LOW, HIGH))
    grad = rng.normal(size=size).astype(np.float32)
    inside = (rounded >= LOW) & (rounded <= HIGH)
    found = training.quantise_backward(weight, grad, *STEPS, simd=simd)
    np.testing.assert_array_equal(found, np.where(inside, grad, 0))


def test_steps_that_make_no_sense_are_refused():
    weight = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="need a positive step and low <= high"):
        training.quantise(weight, 0.0, -1.0, 1.0)
    with pytest.raises(ValueError, match=r"grad has shape \(2,\), needs \(3,\)"):
        training.quantise_backward(weight, weight[:2], *STEPS)
