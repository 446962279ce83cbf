"""Gradients of recurrent neurons are backpropagation through time of the equations."""

import sys
from pathlib import Path

import pytest
import torch

from lava.lib.dl.slayer._plain.recurrent import Late
from lava.lib.dl.slayer.utils.recurrent import step_through

sys.path.insert(0, str(Path(__file__).parent))
import plain_recurrence as plain

# So that spikes that return make up much of the gradient.
SURROGATES = {
    "cuba": (0.02, 10),
    "alif": (0.02, 10),
    "rf": (2, 0.1),
    "rf_iz": (0.02, 5),
    "adrf": (0.02, 1),
    "adrf_iz": (0.02, 5),
}


def made(kind, gradient="slayer", **options):
    torch.manual_seed(4)
    tau, scale = SURROGATES[kind.name]
    neuron = kind(
        tau_grad=tau,
        scale_grad=scale,
        requires_grad=True,
        persistent_state=True,
        gradient=gradient,
        **options,
    )
    neuron.fix_channels(5)
    return neuron


def drawn(kind, shape=(3, 5, 30)):
    z = kind.input(*shape, requires_grad=True)
    weights = [
        (torch.randint(-40, 41, (5, 5)) / 64).requires_grad_() for _ in kind.input(1)
    ]
    return z, weights


def doubled(tensors):
    return [t.detach().double().requires_grad_() for t in tensors]


def wanted_of(neuron, given, exact, delays=None, **changes):
    """Spikes of the equations, and what they are made of."""
    parts = len(given) // 2
    doubles = doubled(given)
    decays = [
        torch.round(getattr(neuron, n).detach()).double().requires_grad_()
        for n in neuron._decays
    ]
    recurrence = plain.Recurrence(neuron, decays, exact)
    vars(recurrence).update(changes)
    late = [] if delays is None else doubled([delays])
    spikes = plain.spikes_of(recurrence, doubles[:parts], doubles[parts:], *late)
    return spikes, [*doubles, *decays, *late]


def gradients(spikes, given):
    torch.manual_seed(5)
    weight = torch.randn(spikes.shape)
    return torch.autograd.grad(
        (spikes * weight).sum(), given, allow_unused=True, materialize_grads=True
    )


def assert_near(found, wanted, tolerance=1e-4):
    for a, b in zip(found, wanted, strict=True):
        assert float((a.double() - b).abs().max()) <= tolerance * float(b.abs().max())


@pytest.mark.parametrize("options", [{}, {"shared_param": False}])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
@pytest.mark.usefixtures("path")
def test_it_equals_autograd_on_the_equations(kind, gradient, options):
    neuron = made(kind, gradient, **options)
    z, weights = drawn(kind)
    spikes = step_through(z, neuron, weights, stepwise=False)
    assert 0.02 < spikes.mean() < 0.8
    wanted, parts = wanted_of(neuron, [*z, *weights], gradient == "exact")
    assert torch.equal(spikes.double(), wanted)
    given = [*z, *weights, *(getattr(neuron, n) for n in neuron._decays)]
    assert_near(gradients(spikes, given), gradients(wanted, parts))


def drawn_delays():
    return Late(torch.tensor([0.3, 4.9, 1.5, 0.0, 11.2]).requires_grad_(), 11)


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
@pytest.mark.usefixtures("path")
def test_delays_of_what_returns_learn_as_the_equations_say(kind, gradient):
    neuron, late = made(kind, gradient), drawn_delays()
    z, weights = drawn(kind)
    spikes = step_through(z, neuron, weights, stepwise=False, late=late)
    exact = gradient == "exact"
    wanted, parts = wanted_of(neuron, [*z, *weights], exact, late.delays)
    assert torch.equal(spikes.double(), wanted)
    given = [*z, *weights, *(getattr(neuron, n) for n in neuron._decays), late.delays]
    found = gradients(spikes, given)
    assert_near(found, gradients(wanted, parts))
    assert found[-1].count_nonzero() == 5


@pytest.mark.parametrize("stepwise", [False, True])
def test_watched_steps_learn_the_same_delays(kind, stepwise):
    found = []
    for watched in (False, True):
        neuron, late = made(kind), drawn_delays()
        if watched:
            neuron.register_forward_hook(lambda *args: None)
        z, weights = drawn(kind)
        spikes = step_through(z, neuron, weights, stepwise=stepwise, late=late)
        grads = gradients(spikes, [*z, *weights, late.delays])
        found.append([spikes.detach().double(), *grads])
    assert_near(*found)


@pytest.mark.parametrize("cut", [1, 5, 11, 28])
def test_pieces_with_delays_equal_the_whole(kind, cut):
    neuron, late = made(kind), drawn_delays()
    z, weights = drawn(kind)
    whole = step_through(z, neuron, weights, late=late)
    neuron.reset_state()
    first = step_through([x[..., :cut] for x in z], neuron, weights, late=late)
    rest = [x[..., cut:] for x in z]
    start = first[..., -12:].detach()
    second = step_through(rest, neuron, weights, start, late=late)
    assert torch.equal(torch.cat([first, second], -1), whole)


def test_what_returns_makes_up_much_of_it(kind):
    """Else the test above would compare little of what recurs."""
    neuron = made(kind)
    found = []
    for stepwise in (True, False):
        neuron.reset_state()
        z, weights = drawn(kind)
        spikes = step_through(z, neuron, weights, stepwise=stepwise)
        found.append(torch.stack(gradients(spikes, z)))
    assert float((found[0] - found[1]).norm()) > 0.1 * float(found[1].norm())


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_steps_called_one_by_one_have_the_same_gradient(kind, gradient):
    """As where someone watches the neuron."""
    found = []
    for watched in (False, True):
        neuron = made(kind, gradient)
        calls = []
        if watched:
            neuron.register_forward_hook(lambda *args, calls=calls: calls.append(1))
        z, weights = drawn(kind)
        spikes = step_through(z, neuron, weights, stepwise=False)
        assert len(calls) == (z[0].shape[-1] if watched else 0)
        given = [*z, *weights, *(getattr(neuron, n) for n in neuron._decays)]
        found.append([spikes.detach().double(), *gradients(spikes, given)])
        assert not any(s.requires_grad for s in kind.states(neuron))
    assert_near(*found)


class Scaling(torch.nn.Module):
    """A norm that learns a factor, one for both parts of an input."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_a_norm_is_part_of_the_equations(kind, gradient):
    factor = torch.tensor(0.75, requires_grad=True)
    neuron = made(kind, gradient, norm=lambda: Scaling(factor))
    z, weights = drawn(kind)
    spikes = step_through(z, neuron, weights, stepwise=False)
    assert 0.02 < spikes.mean() < 0.8
    (double,) = doubled([factor])
    changes = {"norm": lambda x: x * double}
    exact = gradient == "exact"
    wanted, parts = wanted_of(neuron, [*z, *weights], exact, **changes)
    assert torch.equal(spikes.double(), wanted)
    given = [*z, *weights, *(getattr(neuron, n) for n in neuron._decays), factor]
    assert_near(gradients(spikes, given), gradients(wanted, [*parts, double]))


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_steps_by_parts_have_the_gradient_of_the_whole(kind, gradient, graded):
    """A norm has dynamics and spikes called, one after the other."""
    found = []
    for norm in (None, torch.nn.Identity):
        neuron = made(kind, gradient, norm=norm, graded_spike=graded)
        z, weights = drawn(kind)
        spikes = step_through(z, neuron, weights, stepwise=False)
        given = [*z, *weights, *(getattr(neuron, n) for n in neuron._decays)]
        found.append([spikes.detach().double(), *gradients(spikes, given)])
    assert_near(*found)


def test_the_equations_have_the_derivatives_that_differences_show(kind):
    """With spikes, levels and states that are smooth, so that differences say them."""
    neuron = made(kind)
    z, start = drawn(kind, (1, 5, 12))
    smooth = {"spike": plain.Smooth, "phase_spike": plain.Smooth, "cut": lambda x: x}

    def loss(*given):
        recurrence = plain.Recurrence(neuron, given[2 * len(z) :], True)
        vars(recurrence).update(smooth)
        weights = given[len(z) : 2 * len(z)]
        spikes = plain.spikes_of(recurrence, given[: len(z)], weights)
        return spikes.square().sum()

    given = doubled([*z, *start, *(getattr(neuron, n) for n in neuron._decays)])
    assert torch.autograd.gradcheck(loss, given, atol=1e-5)


def test_pieces_have_the_gradient_of_a_whole_cut_there(kind):
    """States go on, gradients end at the cut."""
    neuron = made(kind)
    z, weights = drawn(kind)
    whole = step_through(z, neuron, weights, stepwise=False)
    neuron.reset_state()
    pieces, start = [], None
    for part in ([x[..., :11] for x in z], [x[..., 11:] for x in z]):
        pieces.append(step_through(part, neuron, weights, start, stepwise=False))
        start = pieces[-1][..., -1].detach()
    assert torch.equal(torch.cat(pieces, -1), whole)
    (of_second,) = torch.autograd.grad(pieces[1].sum(), [z[-1]], retain_graph=True)
    assert of_second[..., 11:].any()
    assert not of_second[..., :11].any()
