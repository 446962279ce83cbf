"""Shift and replication in time."""

import pytest
import torch

from lava.lib.dl.slayer.utils.time.replicate import replicate
from lava.lib.dl.slayer.utils.time.shift import shift


def test_shifts_are_as_recorded(arrays_of, exactly):
    data = arrays_of("slayer/utils.npz")
    x = torch.tensor(data["x"])
    exactly(shift(x, 3), data["shift.3"])
    exactly(shift(x, -2.9), data["shift.-2.9"])
    exactly(replicate(x[..., 0], 4), data["replicate"])


def test_shifts_of_each_element_are_as_recorded(arrays_of, exactly):
    data = arrays_of("slayer/utils.npz")
    shifts = torch.tensor([2.0, -1.0, 0.0])
    exactly(shift(torch.tensor(data["x"]), shifts), data["shift.vec"])


@pytest.mark.parametrize("steps", [0, 1, -1, 5, -5, 99, -99])
@pytest.mark.usefixtures("path")
def test_each_element_shifts_as_all_do(steps):
    x = torch.randn(2, 3, 4, 7, requires_grad=True)
    each = shift(x, torch.full((3, 4), float(steps)))
    assert torch.equal(each, shift(x, steps))
    g = torch.randn(x.shape)
    grad = torch.autograd.grad(each, x, g)[0]
    assert torch.equal(grad, shift(g, -steps))


def test_sampling_time_divides_once():
    x = torch.arange(6.0).reshape(1, 1, 6).expand(1, 2, 6)
    each = shift(x, torch.tensor([4.0, 4.0]), sampling_time=2)
    assert torch.equal(each, shift(x, 2))


def test_wrong_number_of_shifts_is_refused():
    with pytest.raises(ValueError, match="needs 1 or one for each of the 6"):
        shift(torch.zeros(1, 2, 3, 5), torch.zeros(2))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4, 5, 6)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_any_tensor_replicates(shape, dtype):
    x = torch.ones(shape, dtype=dtype)
    y = replicate(x, 3)
    assert y.shape == (*shape, 3)
    assert y.dtype == dtype
