"""Surrogate gradients of every shape: kernels by name, and a user's function."""

import copy

import pytest
import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import block
from lava.lib.dl.slayer._plain.surrogate import SHAPES
from lava.lib.dl.slayer.neuron import SURROGATES, cuba


def gradients(neuron, kind, steps=30):
    """Those of inputs and of what learns."""
    inputs = kind.input(2, 3, 4, steps, requires_grad=True)
    out = neuron(kind.argument(inputs))
    weights = torch.linspace(-1, 1, steps)
    (out * weights).sum().backward()
    every = [*inputs, *neuron.parameters()]
    return [each.grad for each in every if each.grad is not None]


@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_functions_have_the_gradients_of_kernels(any_kind, name, gradient, nearly):
    options = {"gradient": gradient} if any_kind.spikes else {}
    options |= {"tau_grad": 0.5, "requires_grad": True}
    by_name, by_function = (
        gradients(any_kind(surrogate=surrogate, **options), any_kind)
        for surrogate in (name, lambda x: SHAPES[name](x))
    )
    assert any(grad.any() for grad in by_name)
    for found, expected in zip(by_name, by_function, strict=True):
        nearly(found, expected.numpy(), tolerance=3e-5)


def test_shapes_differ(any_kind):
    # Some neurons have a surrogate so wide that all shapes are flat.
    wide = getattr(any_kind.module.Neuron, "_multipliers", (1, 1))[0]
    options = {"tau_grad": 0.5 / wide, "requires_grad": True}
    every = [
        torch.cat(
            [
                g.flatten()
                for g in gradients(any_kind(surrogate=name, **options), any_kind)
            ]
        )
        for name in SURROGATES
    ]
    for i, first in enumerate(every):
        assert not any(torch.equal(first, other) for other in every[i + 1 :])


def test_the_exponential_is_the_default(any_kind):
    first, second = (
        gradients(any_kind(requires_grad=True, **options), any_kind)
        for options in ({}, {"surrogate": "exponential"})
    )
    assert all(map(torch.equal, first, second))


def test_plain_shapes_are_those_of_the_kernels():
    assert tuple(SHAPES) == SURROGATES == training.SURROGATES


@pytest.mark.parametrize("name", SURROGATES)
def test_shapes_have_one_height_and_one_area(name):
    x = torch.arange(-200_000, 200_001, dtype=torch.float64) / 1000
    height = SHAPES[name](x)
    assert height[200_000] == 1
    torch.testing.assert_close(height, height.flip(0))
    if name != "straight_through":
        torch.testing.assert_close(
            torch.trapezoid(height, x).item(), 2.0, rtol=0.01, atol=0
        )


@pytest.mark.parametrize("layer", ["Dense", "Recurrent"])
def test_blocks_pass_it_on(kind, layer, nearly):
    found = []
    for surrogate in ("triangle", SHAPES["triangle"]):
        torch.manual_seed(3)
        make = getattr(getattr(block, kind.name), layer)
        net = make({**kind.arguments, "surrogate": surrogate}, 5, 5, weight_scale=3)
        x = torch.rand(2, 5, 20, requires_grad=True)
        net(x).sum().backward()
        found.append(
            [x.grad, *(p.grad for p in net.parameters() if p.grad is not None)]
        )
    assert found[0][0].any()
    for one, other in zip(*found, strict=True):
        nearly(one, other.numpy())


def test_unknown_ones_are_refused(any_kind):
    message = (
        "surrogate is 'sigmoid', needs one of exponential, fast_sigmoid, .* functi"
    )
    with pytest.raises(ValueError, match=message):
        any_kind(surrogate="sigmoid")


def test_functions_of_another_shape_are_refused(kind):
    inputs = kind.input(2, 3, 5, requires_grad=True)
    spikes = kind(surrogate=lambda x: x.sum())(kind.argument(inputs))
    with pytest.raises(ValueError, match=r"gives shape \(\) for an x of shape"):
        spikes.sum().backward()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("surrogate", ["gaussian", SHAPES["gaussian"]])
@pytest.mark.parametrize("kind", ["cuba", "rf"], indirect=True)
def test_compiled_networks_keep_it(kind, surrogate, nearly):
    inputs = kind.input(2, 3, 8, requires_grad=True)
    wanted = gradients(kind(surrogate=surrogate), kind, 8)
    torch._dynamo.reset()
    neuron = kind(surrogate=surrogate)
    found = gradients(torch.compile(neuron, backend="aot_eager"), kind, 8)
    for one, other in zip(found, wanted, strict=True):
        nearly(one, other.numpy())
    del inputs


def test_the_shape_follows_what_is_set():
    neuron = cuba.Neuron(0.5, 0.3, 0.1, surrogate="triangle")
    x = torch.full((1, 1, 4), 0.3, requires_grad=True)
    (of_triangle,) = torch.autograd.grad(neuron(x).sum(), x)
    neuron.surrogate = "boxcar"
    assert copy.deepcopy(neuron).surrogate == neuron.surrogate == "boxcar"
    (of_boxcar,) = torch.autograd.grad(neuron(x).sum(), x)
    assert not torch.equal(of_triangle, of_boxcar)
    with pytest.raises(ValueError, match="surrogate is 'round'"):
        neuron.surrogate = "round"
