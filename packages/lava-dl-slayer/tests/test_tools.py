"""Tools that trace, transform or watch a block give what the block gives.

At every size: large inputs take other kernels, which read the values.
"""

import math

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from lava.lib.dl.slayer import block

PULSE = {"threshold": 0.5, "current_decay": 0.3, "voltage_decay": 0.1}
ADAPTS = {"threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}
WAVE = {"threshold": 0.4, "period": 7, "decay": 0.1}
SIGMA = {"threshold": 0.1, "activation": torch.relu}
NEURONS = {
    "cuba": PULSE,
    "alif": {**PULSE, **ADAPTS},
    "rf": WAVE,
    "rf_iz": WAVE,
    "adrf": {**WAVE, **ADAPTS},
    "adrf_iz": {**WAVE, **ADAPTS},
    "sigma_delta": SIGMA,
}
LAYERS = {
    "Dense": ((16, 5), {}, (16,)),
    "Affine": ((16, 5), {}, (16,)),
    "Conv": ((2, 3, 3), {}, (2, 8, 8)),
    "ConvT": ((2, 3, 2), {}, (2, 8, 8)),
    "Pool": ((2,), {}, (2, 8, 8)),
    "Unpool": ((2,), {}, (2, 8, 8)),
    "Recurrent": ((16, 5), {}, (16,)),
}
SIZES = ("small", "large")  # below and above which events are looked for
BLOCKS = [
    *((neuron, "Dense") for neuron in NEURONS),
    *(("cuba", layer) for layer in ("Conv", "ConvT", "Pool", "Unpool", "Recurrent")),
    *(("rf", layer) for layer in ("Conv", "Pool")),
    ("cuba", "Affine"),
]
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]


def made(neuron, layer, size):
    """A block that knows its shapes, and two inputs."""
    torch.manual_seed(3)
    arguments, options, shape = LAYERS[layer]
    kind = getattr(getattr(block, neuron), layer)
    delays = layer not in ("Affine", "Recurrent", "Pool", "Unpool")
    options = {"delay": True} if delays and neuron == "cuba" else options
    net = kind(NEURONS[neuron], *arguments, weight_scale=2, **options).eval()
    net.materialise(shape)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    steps = 12 if size == "small" else -(-(1 << 16) // math.prod(shape))
    rates = (0.2, 0.4) if size == "small" else (0.02, 0.05)
    a, b = ((torch.rand(1, *shape, steps) < rate).float() for rate in rates)
    return net, a, b


def by_make_fx(net, a, b):
    return make_fx(net)(a)(b)


def by_pre_dispatch(net, a, b):
    return make_fx(net, pre_dispatch=True)(a)(b)


def by_symbolic_make_fx(net, a, b):
    made = make_fx(net, tracing_mode="symbolic", _allow_non_fake_inputs=True)
    return made(a)(b)


def by_jit_trace(net, a, b):
    return torch.jit.trace(net, a, check_trace=False)(b)


def by_export(net, a, b):
    return torch.export.export(net, (a,)).module()(b)


def by_compile(net, a, b):
    torch._dynamo.reset()
    compiled = torch.compile(net, backend="aot_eager", fullgraph=True)
    compiled(a)
    return compiled(b)


def by_vmap(net, a, b):
    return torch.func.vmap(net)(torch.stack([a, b]))[1]


TOOLS = (
    by_make_fx,
    by_pre_dispatch,
    by_symbolic_make_fx,
    by_jit_trace,
    by_export,
    by_compile,
    by_vmap,
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("neuron", "layer"), BLOCKS)
@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_makes_gives_what_the_block_gives(tool, neuron, layer, size):
    net, a, b = made(neuron, layer, size)
    with torch.no_grad():
        wanted = net(b)
        assert not torch.equal(wanted, net(a))
        found = tool(net, a, b)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("neuron", "layer"), BLOCKS)
def test_fake_tensors_have_the_shape(neuron, layer, size):
    net, a, _ = made(neuron, layer, size)
    wanted = net(a)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        inside = net(mode.from_tensor(a))
    found = net(mode.from_tensor(a))
    assert found.shape == inside.shape == wanted.shape


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("neuron", "layer"), BLOCKS)
def test_torch_func_has_the_gradient(neuron, layer, size):
    net, a, _ = made(neuron, layer, size)

    def loss(x):
        y = net(x)
        return (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum()

    x = a.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(loss(x), x)
    found = torch.func.grad(loss)(a)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    y, pull = torch.func.vjp(net, a)
    torch.testing.assert_close(pull(torch.ones_like(y))[0].shape, a.shape)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("neuron", "layer"), BLOCKS)
def test_forward_mode_is_an_error_instead_of_0(neuron, layer, size):
    net, a, _ = made(neuron, layer, size)
    with pytest.raises((NotImplementedError, RuntimeError), match=r"forward|jvp"):
        torch.func.jvp(net, (a,), (torch.ones_like(a),))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(a, torch.ones_like(a))
        with pytest.raises((NotImplementedError, RuntimeError), match=r"forward|jvp"):
            net(dual)
