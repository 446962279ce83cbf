"""Piecewise linear functions and their gradient, in numpy's arithmetic."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

KNOTS = np.array([-1.0, 0.5, 0.5, 2.0], np.float32)
SIZES = [0, 1, 37, 40_000]


def values(size):
    z = np.random.default_rng(size).normal(0, 2, size).astype(np.float32)
    z[::3] = np.resize(KNOTS, z[::3].shape)
    return z


def pieces():
    rng = np.random.default_rng(0)
    rest = rng.normal(size=(len(KNOTS), 3)).astype(np.float32)
    rest[-1, 1] = 0
    return np.column_stack([KNOTS, rest])


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("size", SIZES)
def test_the_piece_of_the_last_knot_left_of_a_value_counts(size, simd):
    z, table = values(size), pieces()
    want = np.zeros_like(z)
    for knot, begin, slope, base in table:
        within = z.clip(KNOTS[0], KNOTS[-1])
        want = np.where(z > knot, base + slope * (within - begin), want)
    found = training.piecewise(z, table, simd=simd)
    np.testing.assert_array_equal(found, want)
    grad = np.random.default_rng(1).normal(size=size).astype(np.float32)
    factors = np.ascontiguousarray(table[:, :2])
    want = np.full_like(z, factors[0, 1])
    for knot, factor in factors:
        want = np.where(z > knot, factor, want)
    found = training.piecewise_backward(z, grad, factors, simd=simd)
    np.testing.assert_array_equal(found, want * grad)


@pytest.mark.parametrize("simd", _training.levels())
def test_infinite_values_lie_beyond_the_knots_and_nan_stays(simd):
    z = np.array([-np.inf, np.inf, np.nan] * 20, np.float32)
    found = training.piecewise(z, pieces(), simd=simd)
    np.testing.assert_array_equal(found[:3], [0, pieces()[-1, 3], np.nan])
    np.testing.assert_array_equal(found, np.tile(found[:3], 20))


def test_arguments_that_make_no_sense_are_refused():
    z = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="knots that rise"):
        training.piecewise(z, pieces()[::-1].copy())
    with pytest.raises(ValueError, match="a row at least"):
        training.piecewise_backward(z, z, np.zeros((0, 2), np.float32))
    with pytest.raises(ValueError, match=r"grad has shape \(2,\), needs \(3,\)"):
        training.piecewise_backward(z, z[:2], np.zeros((1, 2), np.float32))
