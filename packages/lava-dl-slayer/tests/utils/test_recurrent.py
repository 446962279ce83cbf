"""Recurrence inside one operator is the neuron called step by step."""

import copy

import pytest
import torch

from lava.lib.dl.slayer import neuron as neurons
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer.neuron import Dropout
from lava.lib.dl.slayer.ops import _recurrent
from lava.lib.dl.slayer.utils import recurrent

PULSE = {"threshold": 0.5, "current_decay": 0.3, "voltage_decay": 0.1}
WAVE = {"threshold": 0.4, "period": 7, "decay": 0.1}
ADAPTS = {"threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}
PARAMS = {
    "cuba": PULSE,
    "alif": {**PULSE, **ADAPTS},
    "rf": WAVE,
    "rf_iz": WAVE,
    "adrf": {**WAVE, **ADAPTS},
    "adrf_iz": {**WAVE, **ADAPTS},
}
SHAPE = (3, 5, 24)


def made(name, **options):
    kind = getattr(neurons, name).Neuron
    return kind(**PARAMS[name], persistent_state=True, **options)


def arguments(neuron):
    torch.manual_seed(2)
    parts = 2 if neuron.complex else 1
    z = [(0.6 * torch.randn(SHAPE)).requires_grad_() for _ in range(parts)]
    weights = [
        (torch.randint(-40, 41, (5, 5)) / 64).requires_grad_() for _ in range(parts)
    ]
    return z, weights


def outcome(run, neuron):
    z, weights = arguments(neuron)
    spikes = run(z, neuron, weights)
    (spikes * torch.arange(spikes.numel()).reshape(SHAPE)).sum().backward()
    states = [getattr(neuron, name) for name in neuron._states]
    given = (*z, *weights)
    grads = [torch.zeros_like(x) if x.grad is None else x.grad for x in given]
    return [spikes, *states], grads


def loop(z, neuron, weights):
    return recurrent._loop(z, neuron, weights, [torch.zeros(SHAPE[:-1])], None)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(
    "options", [{}, {"graded_spike": True}, {"scale": 60}, {"gradient": "exact"}]
)
@pytest.mark.parametrize("name", PARAMS)
def test_operator_is_the_loop(name, options):
    neuron = made(name, **options)
    assert neuron.can_recur(stepwise=True)
    single = copy.deepcopy(neuron)
    found, grads = outcome(recurrent.step_through, neuron)
    wanted, others = outcome(loop, single)
    assert found[0].any()
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6 if options else 0)
    for a, b in zip(grads, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()))


@pytest.mark.parametrize("name", PARAMS)
def test_torch_finds_nothing_wrong(name):
    neuron = made(name)
    z, weights = arguments(neuron)
    operator = _recurrent.RECURRENT[neuron._whole.name]
    decays = [getattr(neuron, each).detach() for each in neuron._decays]
    states = [torch.full(SHAPE[:-1], neuron._rest(s)) for s in neuron._states]
    settings = neuron._settings(neuron._level)
    numbers = _recurrent.RecurrentSettings(*settings, False, True, 0, False, False)
    given = (*z, *weights, *decays, *states, None, *numbers)
    report = torch.library.opcheck(operator.forward.handle, given)
    assert set(report.values()) == {"SUCCESS"}


def test_custom_recurrence_is_both_of_its_references():
    torch.manual_seed(298101)
    layer = synapse.Dense(5, 5, pre_hook_fx=made("cuba").quantize_8bit)
    z = torch.rand(SHAPE)
    found = []
    for run in (
        recurrent.custom_recurrent,
        recurrent.custom_recurrent_ground_truth_1,
        recurrent.custom_recurrent_ground_truth_2,
    ):
        layer.zero_grad()
        spikes = run(z, made("cuba"), layer)
        spikes.square().sum().backward()
        found.append((spikes, layer.weight.grad))
    for spikes, grad in found[1:]:
        assert torch.equal(spikes, found[0][0])
        torch.testing.assert_close(grad, found[0][1])


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": Dropout(0.2)},
        {"norm": neurons.norm.MeanOnlyBatchNorm},
        {"gradient": "exact", "requires_grad": True},
    ],
)
def test_what_happens_within_a_step_is_stepped_through(options):
    neuron = made("cuba", **options)
    assert not neuron.can_recur(stepwise=True)
    z, weights = arguments(neuron)
    assert recurrent.step_through(z, neuron, weights).shape == SHAPE
