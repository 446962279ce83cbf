"""Descriptions and arrays that kernels would read beyond are refused."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava.lib.dl.core.runtime import Kernel

sys.path.insert(0, str(Path(__file__).parent))
from descriptions import INPUTS, LAVA, ROW, ROWS, N, described, part


def run(description):
    kernel = Kernel(description)
    data = np.ones((2, 5, kernel._layer.inputs), kernel.dtype)
    return kernel.run(data, kernel.memory(2), trace=True)


@pytest.mark.parametrize("kind", ROWS)
def test_a_missing_row_is_named(kind):
    run(described(kind))
    for name in ROWS[kind]:
        given = described(kind)
        del given[name]
        with pytest.raises(ValueError, match=name):
            Kernel(given)
        with pytest.raises(ValueError, match=name):
            Kernel(described(kind, **{name: ROW[:-1]}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": 10**7, "forward": []}, "as many inputs as neurons"),
        ({"forward": [], "inputs": N}, "back needs forward"),
        ({"inputs": 0}, "inputs is 0"),
        ({"neurons": -1}, "neurons is -1"),
        ({"neurons": 2.5}, "neurons is 2.5"),
        ({"neurons": 2**40}, "neurons is"),
        ({"weight_scale": 0}, "weight_scale is 0"),
        ({"reset_interval": -1}, "reset_interval is -1"),
        ({"reset_interval": 2**40}, "reset_interval is"),
        ({"forward": [[part()]] * 3}, "two planes"),
        ({"delay": [0, -1, 2]}, "delay holds -1"),
        ({"delay": [0.5, 1, 2]}, "delay holds no whole numbers"),
        ({"delay": [0, 1, 2**40]}, "delay holds 1099511627776"),
        ({"delay": [0, 1]}, "delay has 2 entries"),
        ({"shift": [64]}, "shift holds 64"),
        ({"forward": [[part(delay=-1)]]}, "delay is -1"),
        ({"forward": [[part(values=[-(2**31)] * 12)]]}, "no magnitude"),
        ({"forward": [[part(length=0)]]}, "length is 0"),
        ({"forward": [[part(begin=[0, 1, 2, 3])]]}, "runs leave"),
        ({"forward": [[part(output=[0, 3, 0, 0])]]}, "runs leave"),
        ({"bias": [np.inf] * N}, "bias holds inf"),
        ({"dealy": [0, 1, 2]}, "no 'dealy'"),
        ({"thresholds_": ROW}, "no 'thresholds_'"),
        ({"sin_decay": ROW}, "no 'sin_decay'"),  # another neuron's
        ({"forward": [[part(lengths=3)]]}, "no 'lengths'"),
        ({"back": [[part(N, inputs_=3)]]}, "no 'inputs_'"),
    ],
)
def test_descriptions_that_do_not_fit_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Kernel(described("cuba", **changed))


ANYTHING = st.one_of(
    st.integers(-9, 9),
    st.sampled_from([-(2**31), 2**31, 2**40]),
    st.floats(),
    st.sampled_from([0, 1, 2, 3, 4, -1, True, 2.5, "cuba", None]),
    st.lists(st.integers(-5, 9), max_size=14),
    st.lists(st.sampled_from([-(2**31), 0, 3, 2**31, 2**40]), max_size=5),
)
SYNAPSES = tuple(part())


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(sorted(ROWS)),
    lava=st.booleans(),
    value=ANYTHING,
    where=st.data(),
)
def test_whatever_a_description_holds_it_runs_or_is_refused(kind, lava, value, where):
    description = described(kind, lava and kind in LAVA)
    names = [*description, "shift", "own_bias", "weight_scale"]
    name = where.draw(st.sampled_from([*names, *SYNAPSES]))
    if name in SYNAPSES and where.draw(st.booleans()):
        description["forward"] = [[{**part(), name: value}]]
    else:
        description[name] = value
    with suppress(ValueError, TypeError):
        run(description)


@pytest.mark.parametrize("name", ["states", "inputs", "outputs", "delayed"])
def test_memory_that_can_not_be_written_is_refused(name):
    kernel = Kernel(described("cuba"))
    data = np.ones((2, 5, INPUTS), np.float32)
    memory = kernel.memory(2)
    assert memory[name].size
    frozen = memory[name].copy()
    frozen.flags.writeable = False
    narrow = memory[name][:, :-1].copy()
    for array, message in (
        (frozen, f"{name} is read-only"),
        (narrow, f"{name} has shape"),
        (memory[name].astype("f2"), f"{name} has the wrong type"),
        (None, f"{name} is missing"),
    ):
        with pytest.raises(ValueError, match=message):
            kernel.run(data, {**memory, name: array})
