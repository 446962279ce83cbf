"""Kernels refuse descriptions that don't fit, and add up what runs say."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lava.lib.dl.core.runtime import Kernel, transposed

RNG = np.random.default_rng(2)


def part(**changes):
    weight = RNG.integers(-9, 9, 12)
    made = {
        "inputs": 4,
        "outputs": 3,
        "length": 3,
        "begin": [0, 1, 2, 3, 4],
        "output": [0, 0, 0, 0],
        "weight": [0, 3, 6, 9],
        "values": weight,
    }
    return {**made, **changes}


def layer(**changes):
    made = {"kind": "none", "inputs": 4, "neurons": 3, "forward": [[part()]]}
    return {**made, **changes}


@pytest.mark.parametrize("largest", [100, 40_000])
@pytest.mark.parametrize("values", ["binary", "whole", "real"])
def test_sums_are_those_of_the_matrix(values, largest):
    weight = RNG.integers(-largest, largest, 12)
    data = RNG.integers(0, 2, (2, 9, 4)).astype(np.float32)
    data *= {"binary": 1, "whole": 37 / 4096, "real": np.float32(1) / 3}[values]
    kernel = Kernel(layer(forward=[[part(values=weight)]]))
    out, states = kernel.run(data, kernel.memory(2))
    exact = data.astype(np.float64) @ weight.reshape(4, 3)
    np.testing.assert_array_equal(out, (exact / 64).astype(np.float32))
    assert states is None


def test_threads_share_samples():
    data = RNG.integers(0, 2, (7, 9, 4)).astype(np.float32)
    kernel = Kernel(layer())
    results = [kernel.run(data, kernel.memory(7), threads=n)[0] for n in (1, 2, 5)]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize(
    "changes",
    [
        {"begin": [0, 1, 2, 3]},
        {"begin": [0, 2, 1, 3, 4]},
        {"output": [0, 0, 0, 1]},
        {"output": [-1, 0, 0, 0]},
        {"weight": [0, 3, 6, 10]},
        {"inputs": 5},
        {"outputs": 2},
    ],
)
def test_runs_that_leave_their_arrays_are_refused(changes):
    with pytest.raises(ValueError):
        Kernel(layer(forward=[[part(**changes)]]))


def test_rows_need_one_entry_per_neuron():
    with pytest.raises(ValueError, match="current_decay has 2 entries"):
        Kernel(layer(kind="cuba", current_decay=[1, 2], voltage_decay=[1, 2, 3]))


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="no neuron kind 'lif'"):
        Kernel(layer(kind="lif"))


def test_memory_of_another_batch_is_refused():
    kernel = Kernel(layer())
    with pytest.raises(ValueError, match="states has shape"):
        kernel.run(np.zeros((2, 3, 4)), kernel.memory(1))


@pytest.mark.parametrize("kind", ["f4", "f8", "u1", "?", "i4", "i8", "i2", "f2"])
@pytest.mark.parametrize("target", [np.float32, np.int32])
@pytest.mark.parametrize("steps", [0, 5, 16, 37, 50])
def test_messages_are_transposed(kind, target, steps):
    for neurons in (1, 15, 16, 40):
        values = RNG.integers(0, 100, (3, neurons, 37)).astype(kind)
        for given in (values, values[..., ::2], values[..., :0]):
            rows = transposed(given, steps, target)
            assert rows.dtype == target and rows.shape == (3, steps, neurons)
            count = min(steps, given.shape[2])
            wanted = given[..., :count].swapaxes(1, 2)
            np.testing.assert_array_equal(rows[:, :count], wanted)
            assert not rows[:, count:].any()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *product(("f2", "f4", "f8", "g"), (np.nan, np.inf, -np.inf)),
        *product(("f8", "g"), (1e39, -1e39, 3.5e38)),
    ],
)
def test_messages_that_are_not_finite_as_float32_are_refused(kind, value):
    values = np.zeros((2, 20, 30), kind)
    values[1, 17, 29] = value
    with pytest.raises(ValueError, match="not finite"):
        transposed(values, 30, np.float32)


def test_messages_of_other_types_are_refused():
    with pytest.raises(ValueError, match="float32 or int32"):
        transposed(np.zeros((1, 2, 3)), 3, np.float64)
