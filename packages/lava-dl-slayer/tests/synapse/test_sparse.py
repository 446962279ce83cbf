"""Few events are multiplied one by one, with the dense product's result."""

import pytest
import torch
import torch.nn.functional as F

from lava.lib.dl import slayer
from lava.lib.dl.slayer import _sparse_ops


def events(rate):
    torch.manual_seed(6)
    return (torch.rand(4, 100, 200) < rate).float()


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.5])
def test_event_driven_product_is_the_dense_one(rate):
    x = events(rate).requires_grad_()
    weight = (torch.randint(-128, 128, (30, 100)) / 32).requires_grad_()
    found, wanted = _sparse_ops.sparse_dense(x, weight), F.conv1d(x, weight[..., None])
    assert torch.equal(found, wanted)
    g = torch.rand_like(wanted)
    found = torch.autograd.grad(found, (x, weight), g)
    for a, b in zip(found, torch.autograd.grad(wanted, (x, weight), g), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-4)


def test_product_is_chosen_by_density():
    weight = torch.rand(30, 100)
    assert _sparse_ops.few_events(events(0.02), weight)
    assert not _sparse_ops.few_events(events(0.5), weight)
    assert not _sparse_ops.few_events(events(0.02)[:1], weight)
    assert not _sparse_ops.few_events(events(0.02).double(), weight)


def test_synapse_computes_the_same_either_way(monkeypatch):
    layer = slayer.block.cuba.Dense(
        {"threshold": 1, "current_decay": 0.5, "voltage_decay": 0.5}, 100, 20
    ).synapse
    x = events(0.02)
    found = layer(x)
    monkeypatch.setattr(_sparse_ops, "DENSITY", 0.0)
    assert torch.equal(layer(x), found)
