"""Few events are multiplied one by one, with the dense product's result."""

import pytest
import torch
import torch.nn.functional as F

from lava.lib.dl import core, slayer
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer.synapse import layer as layers

CUBA = {"threshold": 1, "current_decay": 0.5, "voltage_decay": 0.5}


def events(*shape, rate=0.02):
    torch.manual_seed(6)
    return (torch.rand(shape) < rate).float()


def quantised(*shape):
    return (torch.randint(-128, 128, shape) / 32).requires_grad_()


def compare(found, wanted, inputs):
    assert torch.equal(found, wanted)
    grad = torch.rand_like(wanted)
    found = torch.autograd.grad(found, inputs, grad)
    for a, b in zip(found, torch.autograd.grad(wanted, inputs, grad), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.5])
def test_event_driven_product_is_the_dense_one(rate):
    x, weight = events(4, 100, 200, rate=rate).requires_grad_(), quantised(30, 100)
    found = ops.event_dense(x, weight, ops.find_events(x, 1.0))
    compare(found, F.conv1d(x, weight[..., None]), (x, weight))


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.3])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2)]
)
def test_event_driven_convolution_is_the_dense_one(rate, stride, padding, dilation):
    x = events(3, 2, 20, 17, 40, rate=rate).requires_grad_()
    layer = layers.Conv(2, 18, (3, 5), stride, padding, dilation)
    weight = quantised(18, 2, 3, 5, 1)
    lie, size = layer._windows, (20, 17)
    geometry = lie.geometry(size, lie.count(size))
    lists = ops.find_events(x, 1.0)
    found = ops.event_conv(x, weight[..., 0], lists, geometry)
    options = (None, layer.stride, layer.padding, layer.dilation)
    compare(found, F.conv3d(x, weight, *options), (x, weight))


def test_events_are_used_where_they_are_few():
    x = events(4, 100, 200)
    assert ops.find_events(x, 0.05).step.size == x.sum()
    assert ops.find_events(x, 0.01) is None
    assert ops.find_events(x[:1], 0.05) is None
    assert ops.find_events(x.double(), 0.05) is None


@pytest.mark.parametrize(
    ("kind", "arguments", "shape"),
    [("Dense", (100, 20), (4, 100, 200)), ("Conv", (4, 20, 3), (4, 4, 10, 10, 50))],
)
def test_synapse_computes_the_same_either_way(kind, arguments, shape, monkeypatch):
    synapse = getattr(slayer.block.cuba, kind)(CUBA, *arguments).synapse
    x = events(*shape)
    found = synapse(x)
    assert type(found.grad_fn).__name__ == f"_{kind}Backward"
    monkeypatch.setattr(layers, "FEW_IN_DENSE", 0.0)
    monkeypatch.setattr(layers, "FEW_IN_CONV", 0.0)
    wanted = synapse(x)
    assert "Conv" in type(wanted.grad_fn).__name__ or kind == "Conv"
    assert torch.equal(found, wanted)


def gradients(net, x):
    net.zero_grad()
    y = net(x)
    (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum().backward()
    return [y.detach(), *(p.grad.clone() for p in net.parameters() if p.requires_grad)]


def test_threads_do_not_change_a_bit_of_event_driven_layers():
    block, torch_threads = slayer.block.cuba, torch.get_num_threads()
    net = torch.nn.Sequential(
        block.Conv(CUBA, 2, 18, 3, weight_scale=2),
        block.Pool(CUBA, 2, weight_scale=1.1),
        block.Flatten(),
        block.Dense(CUBA, 18 * 8 * 8, 12, weight_scale=2, delay=True),
    )
    x, found = events(4, 2, 18, 18, 60), []
    net(x)
    before = core.get_num_threads()
    try:
        for threads in (1, 2, 3):
            core.set_num_threads(threads)
            torch.set_num_threads(threads)
            found.append(gradients(net, x))
    finally:
        core.set_num_threads(before)
        torch.set_num_threads(torch_threads)
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert torch.equal(a, b)
