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


@pytest.mark.parametrize("by_steps", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.02, 0.5])
def test_event_driven_product_is_the_dense_one(rate, by_steps):
    x, weight = events(4, 100, 200, rate=rate).requires_grad_(), quantised(30, 100)
    found = ops.event_dense(x, weight, ops.find_events(x, 1.0), by_steps)
    assert found.mT.is_contiguous() == by_steps
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
    assert found.grad_fn.operator.name == f"event_{kind.lower()}"
    monkeypatch.setattr(layers, "FEW_IN_DENSE", 0.0)
    monkeypatch.setattr(layers, "FEW_IN_CONV", 0.0)
    wanted = synapse(x)
    after = wanted.grad_fn  # a dense layer's is a view of a convolution
    while not hasattr(after, "operator"):
        after = after.next_functions[0][0]
    assert after.operator.name == "convolve"
    assert torch.equal(found, wanted)


@pytest.fixture
def with_threads():
    """Calls a function with several numbers of threads and returns the results."""
    before = torch.get_num_threads()

    def results(compute):
        found = []
        for threads in (1, 2, 3, 5):
            core.set_num_threads(threads)
            torch.set_num_threads(threads)
            found.append(compute())
        return found

    yield results
    core.set_num_threads(None)
    torch.set_num_threads(before)


def all_the_same(found):
    pairs = (zip(found[0], other, strict=True) for other in found[1:])
    return all(torch.equal(a, b) for pair in pairs for a, b in pair)


def gradients(net, x):
    net.zero_grad()
    x = x.detach().requires_grad_()
    y = net(x)
    (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum().backward()
    learned = (p.grad.clone() for p in net.parameters() if p.requires_grad)
    return [y.detach(), x.grad, *learned]


@pytest.mark.parametrize("rate", [0.02, 0.6])
def test_threads_do_not_change_a_bit_of_a_network(rate, with_threads):
    block = slayer.block.cuba
    net = torch.nn.Sequential(
        block.Conv(CUBA, 2, 18, 3, weight_scale=2),
        block.Pool(CUBA, 2, weight_scale=1.1),
        block.ConvT(CUBA, 18, 4, 2, weight_scale=2, delay=True),
        block.Flatten(),
        block.Dense(CUBA, 4 * 9 * 9, 12, weight_scale=2, delay=True),
    )
    x = events(4, 2, 18, 18, 60, rate=rate)
    net(x)
    assert all_the_same(with_threads(lambda: gradients(net, x)))


LAYERS = {
    "dense": (layers.Dense(33, 10), (2, 33, 150)),
    "dense, one sample": (layers.Dense(130, 140), (1, 130, 40)),
    "dense, one step": (layers.Dense(40, 50), (30, 40, 1)),
    "conv": (layers.Conv(3, 20, 3, 1, 1), (4, 3, 9, 9, 40)),
    "conv, one step": (layers.Conv(8, 20, 5, 2), (2, 8, 16, 16, 1)),
    "conv, one tap": (layers.Conv(3, 32, 1), (2, 3, 34, 34, 7)),
    "conv, groups": (layers.Conv(4, 6, 3, groups=2), (2, 4, 9, 9, 30)),
    "conv_t": (layers.ConvTranspose(5, 7, 3, 2, 1), (2, 5, 8, 8, 30)),
    "conv_t, groups": (layers.ConvTranspose(4, 6, 2, groups=2), (1, 4, 8, 8, 30)),
    "pool": (layers.Pool(2), (2, 4, 9, 9, 30)),
    "unpool": (layers.Unpool(2), (2, 4, 9, 9, 30)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_threads_do_not_change_a_bit_of_products_of_real_numbers(name, with_threads):
    layer, shape = LAYERS[name]
    torch.manual_seed(8)
    x = torch.randn(shape)
    assert all_the_same(with_threads(lambda: gradients(layer, x)))


@pytest.mark.parametrize("name", LAYERS)
def test_products_are_those_of_torch(name, monkeypatch):
    layer, shape = LAYERS[name]
    torch.manual_seed(9)
    found = gradients(layer, x := torch.randn(shape))
    monkeypatch.setattr(ops, "convolves", lambda *_: False)
    for a, b in zip(found, gradients(layer, x), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_products_have_gradients_of_gradients():
    layer, x = layers.Conv(2, 3, 2), torch.randn(1, 2, 4, 4, 3, requires_grad=True)
    (first,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    found = torch.autograd.grad(first.square().sum(), [x, layer.weight])
    y = F.conv3d(x, layer.weight)
    (first,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    wanted = torch.autograd.grad(first.square().sum(), [x, layer.weight])
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "tensors"),
    [
        ("convolve", "image weight"),
        ("convolve_transposed", "values weight"),
        ("convolve_weight", "image values"),
    ],
)
def test_torch_finds_nothing_wrong_with_products(name, tensors):
    shapes = {
        "image": (2, 4, 6, 5, 7),
        "weight": (6, 2, 3, 3),
        "values": (2, 6, 4, 3, 7),
    }
    given = [torch.randn(shapes[t], requires_grad=True) for t in tensors.split()]
    geometry, groups = [6, 5, 4, 3, 3, 3, 1, 1, 0, 0, 1, 1], 2
    operator = getattr(torch.ops.lava_dl, name).default
    report = torch.library.opcheck(operator, (*given, geometry, groups))
    assert set(report.values()) == {"SUCCESS"}


@pytest.mark.parametrize("kind", ["Dense", "Conv"])
def test_of_an_input_with_few_events_no_values_are_kept(kind):
    torch.manual_seed(1)
    if kind == "Dense":
        block, x = slayer.block.cuba.Dense(CUBA, 200, 40), events(8, 200, 100)
    else:
        block, x = slayer.block.cuba.Conv(CUBA, 2, 20, 3), events(4, 2, 20, 20, 50)
    kept = set()

    def keep(tensor):
        kept.add(tensor.untyped_storage().data_ptr())
        return tensor

    block(x).sum().backward()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        spikes = block(x.requires_grad_())
    places = {t.untyped_storage().data_ptr() for t in (x, spikes)}
    assert kept and not kept & places
