"""Integer helpers against recorded runs."""

import pytest
import torch

from lava.lib.dl.slayer.utils.int_utils import Q2Zero, right_shift_to_zero


@pytest.mark.parametrize("name", ["rshift64", "rshift32"])
def test_shift_is_as_recorded(name, vectors, exactly):
    case = vectors("neurons/quantize.npz")[name]
    exactly(
        right_shift_to_zero(case.tensor("input"), case.meta["bits"]), case["output"]
    )


def test_shift_meets_the_second_set(arrays_of, exactly):
    data = arrays_of("slayer/utils.npz")
    exactly(right_shift_to_zero(torch.tensor(data["rs.x"]), 3), data["rs.y3"])


def test_shift_refuses_floats():
    with pytest.raises(TypeError, match="Expected torch"):
        right_shift_to_zero(torch.zeros(1), 3)


def test_truncation_is_as_recorded_and_passes_gradients(vectors, exactly):
    case = vectors("neurons/quantize.npz")["q2zero"]
    x = case.tensor("input", requires_grad=True)
    y = Q2Zero.apply(x)
    exactly(y, case["output"])
    y.sum().backward()
    assert (x.grad == 1).all()
