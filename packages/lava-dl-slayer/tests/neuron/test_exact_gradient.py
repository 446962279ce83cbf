"""gradient="exact" is backpropagation through time, resets included."""

import pytest
import torch

from lava.lib.dl.slayer.neuron import alif, cuba, rf_iz


class Surrogate(torch.autograd.Function):
    """[x >= 0] with the surrogate derivative of the spike."""

    @staticmethod
    def forward(ctx, x, tau, scale):
        ctx.save_for_backward(x)
        ctx.numbers = tau, scale
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,), (tau, scale) = ctx.saved_tensors, ctx.numbers
        return grad * scale / 2 / tau * torch.exp(-x.abs() / tau), None, None


def truncate(x, scale=4096):
    """Rounds toward zero on the grid of states; the gradient passes."""
    return x + (torch.trunc(x.double() * scale) / scale - x.double()).float().detach()


def decay(neuron, name):
    return torch.round(getattr(neuron, name).detach()).requires_grad_()


def plain_cuba(neuron, x, decays):
    """The equations of the docstring in float32, differentiated by autograd."""
    tau, scale = neuron._surrogate
    level = neuron._level
    u = v = torch.zeros_like(x[..., 0])
    spikes = []
    for now in x.unbind(-1):
        u = truncate(u * (1 - decays[0] / 4096)) + truncate(now)
        v = truncate(v * (1 - decays[1] / 4096)) + u
        spike = Surrogate.apply(v - level, tau, scale)
        spikes.append(spike)
        v = v * (1 - spike)
    return torch.stack(spikes, -1)


def plain_rf_iz(neuron, inputs, decays):
    tau, scale = neuron._surrogate
    level = neuron._level
    sin, cos = (d / 4096 for d in decays)
    a = b = torch.zeros_like(inputs[0][..., 0])
    spikes = []
    for real, imag in zip(*(x.unbind(-1) for x in inputs), strict=True):
        turned = truncate(cos * a) - truncate(sin * b) + truncate(real)
        b = truncate(sin * a) + truncate(cos * b) + truncate(imag)
        spike = Surrogate.apply(b - level, tau, scale)
        spikes.append(spike)
        a = turned * (1 - spike)
        b = spike * (level - 1 / 4096) + b * (1 - spike)
    return torch.stack(spikes, -1)


OPTIONS = {"tau_grad": 0.02, "scale_grad": 5, "gradient": "exact"}


def compare(spikes, wanted, learned, wanted_learned):
    assert torch.equal(spikes, wanted)
    g = torch.randn(spikes.shape)
    grads = torch.autograd.grad(spikes, learned, g)
    wanted_grads = torch.autograd.grad(wanted, wanted_learned, g)
    for a, b in zip(grads, wanted_grads, strict=True):
        limit = 1e-4 * float(b.abs().max())
        torch.testing.assert_close(a, b.reshape(a.shape), rtol=1e-3, atol=limit)


@pytest.mark.usefixtures("path")
def test_cuba_equals_autograd_on_its_equations():
    neuron = cuba.Neuron(1.0, 0.3, 0.1, requires_grad=True, **OPTIONS)
    x = torch.randn(2, 3, 30, requires_grad=True)
    decays = [decay(neuron, n) for n in ("current_decay", "voltage_decay")]
    spikes, wanted = neuron(x), plain_cuba(neuron, x, decays)
    assert spikes.sum() > 10
    parameters = [neuron.current_decay, neuron.voltage_decay]
    compare(spikes, wanted, [x, *parameters], [x, *decays])


@pytest.mark.usefixtures("path")
def test_rf_iz_equals_autograd_on_its_equations():
    neuron = rf_iz.Neuron(0.6, 9, 0.05, requires_grad=True, **OPTIONS)
    x = [torch.randn(2, 3, 30, requires_grad=True) for _ in range(2)]
    decays = [decay(neuron, n) for n in ("sin_decay", "cos_decay")]
    spikes, wanted = neuron(tuple(x)), plain_rf_iz(neuron, x, decays)
    assert spikes.sum() > 10
    parameters = [neuron.sin_decay, neuron.cos_decay]
    compare(spikes, wanted, [*x, *parameters], [*x, *decays])


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


def test_the_reset_contributes():
    x = torch.randn(2, 3, 40, requires_grad=True)
    grads = []
    for gradient in ("slayer", "exact"):
        neuron = cuba.Neuron(1.0, 0.3, 0.1, tau_grad=0.02, gradient=gradient)
        grads.append(torch.autograd.grad(neuron(x).sum(), x)[0])
    assert not torch.allclose(*grads)
