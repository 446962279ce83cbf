"""Synapse and neuron in one operator: the bits of one after the other."""

import pytest
import torch

from lava.lib.dl import slayer
from lava.lib.dl.slayer.block import _synaptic
from lava.lib.dl.slayer.neuron._spiking import SpikingNeuron

CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
RISES = {"threshold_step": 0.3, "threshold_decay": 0.06, "refractory_decay": 0.04}
WAVE = {"threshold": 0.4, "period": 11, "decay": 0.1}
FAMILIES = {
    "cuba": CUBA,
    "alif": {**CUBA, **RISES},
    "rf": WAVE,
    "rf_iz": WAVE,
    "adrf": {**WAVE, **RISES},
    "adrf_iz": {**WAVE, **RISES},
}
OPTIONS = [
    {},
    {"shared_param": False, "requires_grad": True},
    {"graded_spike": True},
    {"scale": 100},
    {"gradient": "exact", "requires_grad": True},
]


def made(family, layer, **options):
    torch.manual_seed(3)
    make = getattr(getattr(slayer.block, family), layer)
    params = {**FAMILIES[family], **options}
    if layer == "Pool":
        return make(params, (2, 3), weight_scale=0.7)
    return make(params, 3, 5, 3, stride=2, padding=1, weight_scale=3, delay=True)


def passes(block):
    """Spikes and all gradients."""
    block.zero_grad()
    torch.manual_seed(5)
    x = (torch.rand(2, 3, 20, 18, 40) < 0.05).float().requires_grad_()
    y = block(x)
    (y * torch.randn_like(y)).sum().backward()
    learned = [p.grad for p in block.parameters() if p.grad is not None]
    return [y.detach(), x.grad, *learned]


@pytest.fixture
def calls_of_fused(monkeypatch):
    """The neurons whose passes were in one operator."""
    calls, real = [], SpikingNeuron.fused_with_synapse

    def counted(self, *args, **kwargs):
        calls.append(self)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(SpikingNeuron, "fused_with_synapse", counted)
    return calls


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("layer", ["Conv", "Pool"])
@pytest.mark.parametrize("family", FAMILIES)
def test_one_operator_is_both(family, layer, options, calls_of_fused, monkeypatch):
    block = made(family, layer, **options)
    block.materialise((3, 20, 18))
    found = passes(block)
    assert calls_of_fused and found[0].any()
    monkeypatch.setattr(_synaptic, "fuses", lambda *parts: False)
    wanted = passes(block)
    assert len(calls_of_fused) == 1 and len(found) == len(wanted)
    assert all(map(torch.equal, found, wanted))


@pytest.mark.parametrize("which", ["synapse", "neuron"])
def test_hooks_see_what_they_saw(which, calls_of_fused):
    block, seen = made("cuba", "Conv"), []
    getattr(block, which).register_forward_hook(lambda *args: seen.append(args[2]))
    passes(block)
    assert not calls_of_fused
    assert torch.is_tensor(seen[0]) and seen[0].shape == (2, 5, 10, 9, 40)


def test_norms_go_their_own_way(calls_of_fused):
    passes(made("cuba", "Conv", norm=slayer.neuron.norm.MeanOnlyBatchNorm))
    assert not calls_of_fused


def test_image_changed_in_place_is_noticed():
    x = torch.rand(2, 3, 20, 18, 40, requires_grad=True)
    doubled = 2 * x
    y = made("cuba", "Pool")(doubled)
    doubled.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
