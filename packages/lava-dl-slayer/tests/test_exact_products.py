"""Forward products on a GPU are exact, whatever a user's flags say.

What a GPU runs is sent here by leaving out our kernels for the CPU.
"""

import copy

import pytest
import torch

from lava.lib.dl import slayer
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer._plain import products

OPS = "lava.lib.dl.slayer.ops"
MATMUL = torch.backends.cuda.matmul
NEW = hasattr(MATMUL, "fp32_precision")
FLAG, ALLOWED, FULL = (
    ("fp32_precision", "tf32", "ieee") if NEW else ("allow_tf32", True, False)
)
LAYERS = {
    "dense": (lambda: synapse.Dense(6, 5), (6,)),
    "dense of an image": (lambda: synapse.Dense((5, 4, 6), 3), (6, 4, 5)),
    "conv 3": (lambda: synapse.Conv(6, 4, 3, padding=1), (6, 7, 8)),
    "conv 5": (lambda: synapse.Conv(70, 4, 5, 2, (2, 1)), (70, 9, 8)),
    "conv 3, dilated": (lambda: synapse.Conv(2, 4, 3, 1, 2, 2, groups=2), (2, 7, 8)),
    "conv of a pixel": (lambda: synapse.Conv(6, 4, 1, 3, 1), (6, 1, 1)),
    "transposed": (lambda: synapse.ConvTranspose(6, 4, 3, 2, 1, 2, 2), (6, 7, 8)),
    "transposed, wide": (lambda: synapse.ConvTranspose(3, 90, 3), (3, 4, 5)),
}


@pytest.fixture
def allowed():
    """TF32 allowed by the user; it must be so afterwards."""
    before = getattr(MATMUL, FLAG)
    setattr(MATMUL, FLAG, ALLOWED)
    yield
    after = getattr(MATMUL, FLAG)
    setattr(MATMUL, FLAG, before)
    assert after == ALLOWED


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setattr(f"{OPS}._convolve.compiled", lambda x: False)
    monkeypatch.setattr(f"{OPS}._recurrent.runs_on", lambda x: "")
    monkeypatch.setattr(f"{OPS}.find_events", lambda x, density: None)
    monkeypatch.setattr(f"{OPS}._convolve.convolves", lambda x, y: True)
    monkeypatch.setattr(f"{OPS}.convolves", lambda x, y: True)


class Products(torch.utils._python_dispatch.TorchDispatchMode):
    """The flag that each matrix product ran under; no library's convolution."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name()
        assert "convolution" not in name or "backward" in name
        if name.startswith(("aten::mm", "aten::bmm", "aten::addmm", "aten::baddbmm")):
            self.seen.append(getattr(MATMUL, FLAG))
        return func(*args, **(kwargs or {}))


def eighths(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-60, 60, shape, generator=generator) / 8


def outcome(layer, x):
    x = x.clone().requires_grad_()
    y = layer(x)
    y.backward(eighths(*y.shape, seed=2))
    return y.detach(), x.grad, layer.weight.grad


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("batch", "steps"), [(2, 20), (3, 1)])
def test_layers_give_the_bits_of_the_cpu(name, batch, steps, elsewhere, monkeypatch):
    """Of graded values, whose products and sums float32 holds exactly."""
    make, shape = LAYERS[name]
    x = eighths(batch, *shape, steps)
    there, here = make(), make()
    for layer in (there, here):
        layer.weight.data = eighths(*layer.weight.shape, seed=3)
    found = outcome(there, x)
    monkeypatch.undo()
    for a, b in zip(found, outcome(here, x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.usefixtures("elsewhere", "allowed")
def test_tf32_is_off_in_the_products_alone(name, monkeypatch):
    make, shape = LAYERS[name]
    layer, x = make(), eighths(2, *shape, 20)
    monkeypatch.setattr(f"{OPS}._operator.is_eager", lambda *tensors: True)
    with Products() as products_seen:
        y = layer(x)
    assert products_seen.seen
    assert set(products_seen.seen) == {FULL}
    assert getattr(MATMUL, FLAG) == ALLOWED
    y.sum().backward()


class Operations(torch.utils._python_dispatch.TorchDispatchMode):
    """Operations on tensors, and the strides of what they take."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        strides = [t.stride() for t in args if isinstance(t, torch.Tensor)]
        self.seen.append((func.name(), strides))
        return func(*args, **(kwargs or {}))


@pytest.mark.usefixtures("elsewhere")
def test_a_dense_layer_multiplies_without_a_copy(monkeypatch):
    """Time stays last, and all samples share the weights where they are."""
    monkeypatch.setattr(f"{OPS}._operator.is_eager", lambda *tensors: True)
    x, weight = eighths(3, 6, 20), eighths(5, 6)
    with Operations() as operations:
        slayer.ops.dense(x, weight)
    copies = ("clone", "copy", "contiguous", "cat", "stack", "pad")
    assert not [name for name, _ in operations.seen if any(c in name for c in copies)]
    products_of = [s for name, s in operations.seen if name.startswith("aten::bmm")]
    assert products_of == [[(0, 6, 1), (120, 20, 1)]]


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.usefixtures("elsewhere", "allowed")
def test_tf32_is_off_in_the_products_of_steps(watched, monkeypatch):
    """Of recurrent layers, inside one operator and step by step."""
    monkeypatch.setattr(f"{OPS}._operator.is_eager", lambda *tensors: True)
    params = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
    block = slayer.block.cuba.Recurrent(params, 5, 6)
    if watched:
        block.neuron.register_forward_hook(lambda *args: None)
    with Products() as products_seen:
        block(eighths(2, 5, 4))
    assert len(products_seen.seen) > 4
    assert set(products_seen.seen) == {FULL}


@pytest.mark.gpu
@pytest.mark.parametrize("benchmark", [False, True])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [(8, 8), (13, 32), (33, 20)])
@pytest.mark.parametrize("channels", [3, 16, 64])
@pytest.mark.usefixtures("allowed")
def test_a_gpu_gives_the_bits_of_the_cpu(benchmark, kernel, size, channels):
    """Whatever algorithm its library would choose."""
    for kind in (synapse.Conv, synapse.ConvTranspose):
        layer, x = kind(channels, 32, kernel, padding=1), eighths(4, channels, *size, 9)
        layer.weight.data = eighths(*layer.weight.shape, seed=3)
        with torch.backends.cudnn.flags(benchmark=benchmark, allow_tf32=True):
            there = copy.deepcopy(layer).cuda()(x.cuda()).cpu()
        assert torch.equal(there, layer(x))


@pytest.mark.usefixtures("allowed")
def test_the_flag_survives_an_error():
    with pytest.raises(ZeroDivisionError), products.full_float32():
        assert getattr(MATMUL, FLAG) == FULL
        raise ZeroDivisionError


@pytest.mark.skipif(not NEW, reason="torch before 2.9 has one flag alone")
def test_an_inherited_flag_stays_inherited():
    before = torch.backends.fp32_precision, MATMUL.fp32_precision
    try:
        MATMUL.fp32_precision = "none"
        torch.backends.fp32_precision = "tf32"
        with products.full_float32():
            assert MATMUL.fp32_precision == "ieee"
        assert MATMUL.fp32_precision == "tf32"
        torch.backends.fp32_precision = "ieee"
        assert MATMUL.fp32_precision == "ieee"
    finally:
        torch.backends.fp32_precision, MATMUL.fp32_precision = before


@pytest.mark.parametrize("rule", ["tf32", "none", "ieee"])
@pytest.mark.skipif(not NEW, reason="torch before 2.9 has one flag alone")
def test_a_flag_of_ones_own_is_kept(rule):
    before = MATMUL.fp32_precision
    try:
        MATMUL.fp32_precision = rule
        with products.full_float32():
            assert MATMUL.fp32_precision in ("ieee", "none")
        assert MATMUL.fp32_precision == rule
    finally:
        MATMUL.fp32_precision = before


@pytest.mark.usefixtures("elsewhere")
def test_a_layer_without_steps_or_samples_is_empty():
    layer = synapse.Conv(2, 4, 3)
    x = torch.zeros(2, 2, 5, 5, 0, requires_grad=True)
    y = layer(x)
    assert y.shape == (2, 4, 3, 3, 0)
    y.sum().backward()
    assert not layer.weight.grad.any()
    assert layer(torch.zeros(0, 2, 5, 5, 3)).shape == (0, 4, 3, 3, 3)
    assert synapse.ConvTranspose(2, 4, 3)(torch.zeros(2, 2, 3, 3, 0)).numel() == 0
