"""gradient="exact" is backpropagation through time, resets included."""

import sys
from pathlib import Path

import pytest
import torch

from lava.lib.dl.slayer.neuron import alif, cuba

sys.path.insert(0, str(Path(__file__).parent))
from plain_recurrence import PhaseSurrogate, Surrogate, truncate


def decay(neuron, name):
    return torch.round(getattr(neuron, name).detach()).double().requires_grad_()


def plain_cuba(neuron, inputs, decays):
    """The equations of the docstring in float64, differentiated by autograd."""
    u = v = torch.zeros_like(inputs[0][..., 0])
    spikes = []
    for now in inputs[0].unbind(-1):
        u = truncate(u * (1 - decays[0] / 4096)) + truncate(now)
        v = truncate(v * (1 - decays[1] / 4096)) + u
        spike = Surrogate.apply(v - neuron._level, *neuron._surrogate)
        spikes.append(spike)
        v = v * (1 - spike)
    return torch.stack(spikes, -1)


class Levels:
    """Threshold and refractory level, which decay and which spikes raise."""

    def __init__(self, neuron, decays):
        self.rest, self.step, self.decays = (
            neuron.threshold,
            neuron.threshold_step,
            decays,
        )
        self.refractory, self.threshold = torch.zeros(1), torch.full((1,), self.rest)

    def decay(self):
        refractory, threshold = (1 - d / 4096 for d in self.decays)
        self.refractory = truncate(self.refractory * refractory)
        above = truncate((self.threshold - self.rest) * threshold)
        self.threshold = above + self.rest
        return self.threshold + self.refractory

    def rise(self, spike):
        self.refractory = self.refractory + 2 * spike * self.threshold
        self.threshold = self.threshold + spike * self.step


def plain_alif(neuron, inputs, decays):
    levels = Levels(neuron, decays[2:])
    u = v = torch.zeros_like(inputs[0][..., 0])
    spikes = []
    for now in inputs[0].unbind(-1):
        u = truncate(u * (1 - decays[0] / 4096)) + truncate(now)
        v = truncate(v * (1 - decays[1] / 4096)) + u
        spikes.append(Surrogate.apply(v - levels.decay(), *neuron._surrogate))
        levels.rise(spikes[-1])
    return torch.stack(spikes, -1)


def plain_resonator(neuron, inputs, decays, spike, resets):
    """An oscillator; ``spike`` says what its real part, imag and imag before fire."""
    sin, cos = (d / 4096 for d in decays[:2])
    a = b = torch.zeros_like(inputs[0][..., 0])
    spikes = []
    for real, imag in zip(*(x.unbind(-1) for x in inputs), strict=True):
        before, turned = b, truncate(cos * a) - truncate(sin * b) + truncate(real)
        b = truncate(sin * a) + truncate(cos * b) + truncate(imag)
        a = turned
        fired = spike(a, b, before)
        spikes.append(fired)
        if resets:
            a = a * (1 - fired)
            b = fired * (neuron._level - 1 / 4096) + b * (1 - fired)
    return torch.stack(spikes, -1)


def plain_rf(neuron, inputs, decays):
    def spike(real, imag, before):
        above = real - neuron._level
        return PhaseSurrogate.apply(above, imag, before, *neuron._surrogate)

    return plain_resonator(neuron, inputs, decays, spike, resets=False)


def plain_rf_iz(neuron, inputs, decays):
    def spike(real, imag, before):
        return Surrogate.apply(imag - neuron._level, *neuron._surrogate)

    return plain_resonator(neuron, inputs, decays, spike, resets=True)


def plain_adrf(neuron, inputs, decays):
    levels = Levels(neuron, decays[2:])

    def spike(real, imag, before):
        above = real - levels.decay()
        fired = PhaseSurrogate.apply(above, imag, before, *neuron._surrogate)
        levels.rise(fired)
        return fired

    return plain_resonator(neuron, inputs, decays, spike, resets=False)


def plain_adrf_iz(neuron, inputs, decays):
    levels = Levels(neuron, decays[2:])

    def spike(real, imag, before):
        fired = Surrogate.apply(imag - levels.decay(), *neuron._surrogate)
        levels.rise(fired)
        return fired

    return plain_resonator(neuron, inputs, decays, spike, resets=False)


OPTIONS = {"tau_grad": 0.02, "scale_grad": 5, "gradient": "exact"}


def compare(spikes, wanted, learned, wanted_learned):
    assert torch.equal(spikes.double(), wanted)
    g = torch.randn(spikes.shape)
    grads = torch.autograd.grad(spikes, learned, g)
    wanted_grads = torch.autograd.grad(wanted, wanted_learned, g.double())
    for a, b in zip(grads, wanted_grads, strict=True):
        limit = 1e-4 * float(b.abs().max())
        torch.testing.assert_close(a.double(), b, rtol=1e-3, atol=limit)


PLAIN = {
    "cuba": plain_cuba,
    "alif": plain_alif,
    "rf": plain_rf,
    "rf_iz": plain_rf_iz,
    "adrf": plain_adrf,
    "adrf_iz": plain_adrf_iz,
}


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.usefixtures("path")
def test_it_equals_autograd_on_the_equations(kind, shared):
    torch.manual_seed(4)
    neuron = kind(requires_grad=True, shared_param=shared, **OPTIONS)
    inputs = kind.input(2, 3, 30, requires_grad=True)
    spikes = neuron(kind.argument(inputs))  # which draws decays per channel
    assert spikes.sum() > 5
    decays = [decay(neuron, name) for name in neuron._decays]
    doubles = [x.detach().double().requires_grad_() for x in inputs]
    wanted = PLAIN[kind.name](neuron, doubles, decays)
    parameters = [getattr(neuron, name) for name in neuron._decays]
    compare(spikes, wanted, [*inputs, *parameters], [*doubles, *decays])


def test_parts_have_the_gradient_of_the_whole(kind):
    grads = []
    for parts in (True, False):
        neuron = kind(requires_grad=True, **OPTIONS)
        inputs = kind.input(2, 3, 25, requires_grad=True)
        spikes = (
            kind.by_parts(neuron, inputs) if parts else neuron(kind.argument(inputs))
        )
        spikes.sum().backward()
        grads.append([x.grad for x in inputs] + [p.grad for p in neuron.parameters()])
    for a, b in zip(*grads, strict=True):
        limit = 1e-4 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-3, atol=limit)


def test_adaptive_decays_learn_exactly():
    """Their gradient is 0 under "slayer" and is not under "exact"."""
    for gradient, learns in (("slayer", False), ("exact", True)):
        neuron = alif.Neuron(
            0.5, 0.3, 0.3, 0.1, 0.2, 0.3, requires_grad=True, gradient=gradient
        )
        neuron(torch.randn(2, 3, 30)).sum().backward()
        assert bool(neuron.threshold_decay.grad.any()) is learns
        assert bool(neuron.refractory_decay.grad.any()) is learns


def test_unknown_gradients_are_refused():
    with pytest.raises(ValueError, match="needs 'slayer' or 'exact'"):
        cuba.Neuron(1, 0.1, 0.1, gradient="true")


def test_what_a_spike_does_to_the_neuron_contributes(kind):
    """Except for RF, which it leaves alone."""
    grads = []
    for gradient in ("slayer", "exact"):
        inputs = kind.input(2, 3, 40, requires_grad=True)
        neuron = kind(tau_grad=0.02, gradient=gradient)
        spikes = neuron(kind.argument(inputs))
        grads.append(torch.stack(torch.autograd.grad(spikes.sum(), inputs)))
    assert torch.allclose(*grads) is (kind.name == "rf")
