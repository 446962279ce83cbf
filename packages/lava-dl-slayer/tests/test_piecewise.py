"""Piecewise linear functions give the kernel's numbers wherever they run."""

import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.ops import _piecewise

PIECES = ops.Pieces(
    values=((-0.5, -0.5, 2.0, 0.0), (0.5, 0.5, 0.25, 2.0), (1.5, 0.0, 0.0, 2.25)),
    factors=((float("-inf"), 0.125), (-0.5, 3.0), (0.5, 1.0), (1.5, 0.125)),
)


def run(z):
    z = z.clone().requires_grad_()
    y = ops.piecewise(z, PIECES)
    (grad,) = torch.autograd.grad(
        y, z, torch.linspace(0, 1, z.numel()).to(z).view_as(z)
    )
    return y.detach(), grad


def test_kernel_and_plain_torch_give_the_same_bits(monkeypatch):
    torch.manual_seed(0)
    ends = torch.tensor([-0.5, 0.5, 1.5, float("inf"), -float("inf"), float("nan")])
    z = torch.cat([torch.randn(500), ends])
    kernel = run(z)
    monkeypatch.setattr(_piecewise, "_has_kernel", lambda x: False)
    for ours, plain in zip(kernel, run(z), strict=True):
        torch.testing.assert_close(ours, plain, rtol=0, atol=0, equal_nan=True)


def test_double_numbers_are_the_single_ones_more_precisely():
    z = torch.linspace(-2, 3, 1000, dtype=torch.float64)
    for double, single in zip(run(z), run(z.float()), strict=True):
        assert double.dtype == torch.float64
        torch.testing.assert_close(double.float(), single)


def test_a_knot_belongs_to_the_piece_on_its_left():
    y, _ = run(torch.tensor([-0.5, 0.5, 1.5]))
    assert y.tolist() == [0, 2, 2.25]


def test_no_value_has_no_function():
    assert run(torch.zeros(0, 3))[0].shape == (0, 3)
