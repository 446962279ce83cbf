"""Records check what they are given and bring it into one form."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec.layers import SynapseLayer

CUBA = spec.Cuba(1024, 410, 32)
ONES = np.ones((3, 5), dtype="f4")


def test_arrays_are_read_only_int32() -> None:
    layer = spec.Dense((3,), ONES, bias=[1, 2, 3], neuron=CUBA)
    for array in (layer.weight, layer.bias):
        assert array.dtype == np.int32
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


def test_the_callers_array_stays_its_own() -> None:
    weight = np.ones((3, 5), dtype=np.int32)
    layer = spec.Dense((3,), weight, neuron=CUBA)
    weight[0, 0] = 9
    assert layer.weight[0, 0] == 1


@pytest.mark.parametrize("shape", [(3,), (3, 1, 1), (1, 1, 3)])
def test_flat_layers_have_one_shape(shape: tuple[int, ...]) -> None:
    assert spec.Dense(shape, ONES, neuron=CUBA).shape == (3,)
    assert spec.Flatten(shape).shape == (3,)
    assert spec.Average(shape).shape == (3,)


def test_equal_values_make_equal_records() -> None:
    first = spec.Dense((3,), ONES, neuron=CUBA)
    second = spec.Dense((3, 1, 1), ONES.astype("f8"), neuron=spec.Cuba(1024, 410, 32))
    assert first == second
    assert hash(first) == hash(second)
    assert first != replace(second, weight_scale=32)
    assert first != spec.Recurrent((3,), ONES, np.ones((3, 3)), neuron=CUBA)


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        CUBA.threshold = 3


def test_records_pickle() -> None:
    layer = spec.Dense((3,), ONES, neuron=CUBA, delay=[1])
    assert pickle.loads(pickle.dumps(layer)) == layer


@pytest.mark.parametrize(
    ("neuron", "readout", "late"),
    [
        (CUBA, "spike", True),
        (spec.Cuba(1024, 410, 2**18 - 1), "voltage", False),
        (spec.SigmaDelta(6), "spike", False),
        (spec.Sigma(), "spike", False),
        (None, "sum", False),
    ],
)
def test_defaults_follow_from_the_neuron(
    neuron: spec.Neuron | None, readout: str, late: bool
) -> None:
    layer = spec.Dense((3,), ONES, neuron=neuron)
    assert (layer.readout, layer.delay_shift) == (readout, late)


@pytest.mark.parametrize(
    ("make", "code", "text"),
    [
        (lambda: spec.Dense((4,), ONES, neuron=CUBA), "features", "3 rows"),
        (lambda: spec.Dense((3,), ONES + 0.5), "fraction", "integers in file units"),
        (lambda: spec.Dense((3,), ONES * np.nan), "not-finite", "nan"),
        (lambda: spec.Dense((3,), ONES, delay=[-1]), "value-range", "0..32768"),
        (lambda: spec.Dense((3,), ONES, bias=[1, 2]), "bias", "(3,)"),
        (lambda: spec.Dense((3,), "many"), "not-numeric", "weight"),
        (
            lambda: spec.Dense((3,), ONES, neuron=spec.Rf(1, 2, 3)),
            "neuron-family",
            "imag",
        ),
        (lambda: spec.Dense((3,), ONES, readout="spike"), "neuron-missing", "needs"),
        (lambda: spec.Cuba(5000, 0, 3), "value-range", "0..4096"),
        (lambda: spec.Cuba([1, 2], [[1]], 3), "shape", "one number per channel"),
        (lambda: spec.Conv((2,), np.ones((2, 1, 3, 3))), "shape", "height"),
        (lambda: spec.Pool((2, 2, 2), np.ones((2, 1, 2, 2))), "features", "(1, 1"),
        (
            lambda: spec.Dense((3,), ONES, neuron=spec.Cuba([1, 2], 3, 4)),
            "neuron-channels",
            "3 channels",
        ),
    ],
)
def test_wrong_values_are_named(make: object, code: str, text: str) -> None:
    with pytest.raises(spec.FormatError, match="clause") as caught:
        make()
    assert code in {p.code for p in caught.value.problems}
    assert text in str(caught.value)


def test_all_wrong_fields_are_listed_at_once() -> None:
    with pytest.raises(spec.FormatError, match="2 more problems") as caught:
        spec.Cuba(-1, -1, 2**40)
    assert len(caught.value.problems) == 3


def test_something_else_than_a_neuron_is_refused() -> None:
    with pytest.raises(TypeError, match="such as Cuba"):
        spec.Dense((3,), ONES, neuron={"type": "CUBA"})
    with pytest.raises(TypeError, match="layer records"):
        spec.Network([CUBA])


def test_lateral_weights_of_winners() -> None:
    layer = spec.Kwta((3,), ONES, 1, 32, neuron=CUBA)
    assert isinstance(layer, SynapseLayer)
    assert layer.weight_rec.tolist() == [[32, -64, -64], [-64, 32, -64], [-64, -64, 32]]


def test_misfits_between_layers_are_listed(small: spec.Network) -> None:
    assert small.problems() == []
    turned = spec.Network([*reversed(small.layers), spec.Concat((9,), [5])])
    assert [p.code for p in turned.problems()] == ["chain", "sources"]
    assert turned.problems()[0].path == "/layer/1/weight"
