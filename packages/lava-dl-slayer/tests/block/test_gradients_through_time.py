"""Recurrent blocks: which gradient is whose, and what it is good for."""

import pytest
import torch
from torch.nn.utils import parametrize, prune

from lava.lib.dl import slayer

PULSE = {"threshold": 0.4, "current_decay": 0.25, "voltage_decay": 0.03}
WAVE = {"threshold": 0.4, "period": 11, "decay": 0.1}
ADAPTS = {"threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}
PARAMS = {
    "cuba": PULSE,
    "alif": {**PULSE, **ADAPTS},
    "rf": WAVE,
    "rf_iz": WAVE,
    "adrf": {**WAVE, **ADAPTS},
    "adrf_iz": {**WAVE, **ADAPTS},
}
LAYERS = {"Recurrent": (20, 50), "KWTA": (20, 50, 5)}


def made(family, layer="Recurrent", params=(), **options):
    torch.manual_seed(0)
    kind = getattr(getattr(slayer.block, family), layer)
    return kind({**PARAMS[family], **dict(params)}, *LAYERS[layer], **options)


def events(steps, batch=4, rate=0.3):
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(batch, 20, steps, generator=generator) < rate).float()


def gradients(block, x):
    block.zero_grad()
    block(x).square().sum().backward()
    return {n: p.grad for n, p in block.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("gradient", ["time", "exact"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("family", PARAMS)
def test_gradients_stay_finite_over_long_times(family, layer, gradient):
    block = made(family, layer, gradient=gradient)
    x = events(500)
    found = gradients(block, x)
    assert block(x).any()
    assert found
    assert all(g.isfinite().all() for g in found.values())
    assert max(float(g.abs().max()) for g in found.values()) < 1e5


def test_no_gradient_of_a_resonator_grows_with_the_time_it_returns():
    """That of an output of the last step alone, whose way back is ever longer."""
    sizes = []
    for steps in (20, 120, 500):
        block = made("rf")
        block(events(steps))[..., -2:].sum().backward()
        sizes.append(float(block.input_synapse.real.weight.grad.abs().max()))
    assert max(sizes) < 10 * min(sizes)


def test_as_it_is_a_resonators_surrogate_lets_them_grow_without_end():
    block = made("rf", gradient="step")
    found = gradients(block, events(120))
    assert not all(g.isfinite().all() for g in found.values())


@pytest.mark.parametrize("family", PARAMS)
def test_decays_and_both_parts_learn_through_time_alone(family):
    for gradient, learn in (("step", False), ("time", True)):
        block = made(family, params={"requires_grad": True}, gradient=gradient)
        found = gradients(block, events(40))
        first = block.neuron._decays[0]
        assert bool(found[f"neuron.{first}"].any()) is learn
        if block.neuron.complex and family.endswith("iz"):
            # A step's real part meets no threshold until the next rotation.
            for synapse in ("input", "recurrent"):
                weight = found[f"{synapse}_synapse.real.weight"]
                assert bool(weight.any()) is learn


@pytest.mark.parametrize("layer", LAYERS)
def test_the_default_is_time_and_exact_where_the_neuron_says_so(layer):
    assert made("cuba", layer).gradient == "time"
    exact = made("cuba", layer, {"gradient": "exact"})
    assert exact.gradient == "exact"
    named = made("cuba", layer, gradient="exact")
    assert named.neuron.gradient == "exact"
    x = events(30)
    for a, b in zip(gradients(exact, x), gradients(named, x), strict=True):
        assert a == b


def test_unknown_gradients_are_refused():
    with pytest.raises(ValueError, match="gradient is 'true', needs one of"):
        made("cuba", gradient="true")


class Halved(torch.nn.Module):
    def forward(self, weight):
        return weight / 2


CHANGES = {
    "weight norm": lambda synapse: synapse.enable_weight_norm(),
    "pruning": lambda synapse: prune.l1_unstructured(synapse, "weight", 0.5),
    "a parametrisation": lambda synapse: parametrize.register_parametrization(
        synapse, "weight", Halved()
    ),
}


@pytest.mark.parametrize("gradient", ["step", "time"])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_recurrent_synapses_learn_as_their_weights_do(change, gradient):
    """As a plain one of the weights that the change makes, twice in turn."""
    block, x = made("cuba", gradient=gradient), events(30)
    CHANGES[change](block.recurrent_synapse)
    plain = made("cuba", gradient=gradient)
    for _ in range(2):
        found = gradients(block, x)
        weight = block.recurrent_synapse.weight.detach()
        plain.recurrent_synapse.weight.data = weight.clone()
        plain.input_synapse.weight.data = block.input_synapse.weight.data.clone()
        wanted = gradients(plain, x)["input_synapse.weight"]
        torch.testing.assert_close(found["input_synapse.weight"], wanted)
        learnt = [p for p in block.recurrent_synapse.parameters() if p.requires_grad]
        assert all(p.grad.any() for p in learnt)
        for p in block.parameters():
            p.data = p.data - 0.1 * p.grad if p.grad is not None else p.data


@pytest.mark.parametrize("gradient", ["step", "time", "exact"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("family", PARAMS)
def test_recurrent_delays_learn_in_every_block(family, layer, gradient):
    block = made(family, layer, gradient=gradient, recurrent_delay=True)
    delay = block.recurrent_delay.delay
    assert delay.shape == (50,)
    assert torch.equal(block(events(25)), made(family, layer)(events(25)))
    delay.data += torch.linspace(0, 12, 50)
    found = gradients(block, events(25))
    # What KWTA returns goes to the real part, a step of which meets no threshold there.
    meets = layer == "Recurrent" or gradient != "step" or not family.endswith("iz")
    assert found["recurrent_delay.delay"].any() == meets
    assert not torch.equal(block(events(25)), made(family, layer)(events(25)))
    delay.data += 100 * torch.randn(50)
    block(events(2))
    assert delay.min() == 0 and delay.max() == 62
    assert block.to_spec().delay_rec.max() == 62


def test_recurrent_delays_are_drawn_apart_from_others():
    """And take nothing from the generator, so that a seed draws the same weights."""
    block = made("cuba", delay=True, recurrent_delay=True)
    assert not torch.equal(block.delay.delay, block.recurrent_delay.delay)
    plain = made("cuba")
    assert torch.equal(plain.input_synapse.weight, block.input_synapse.weight)


@pytest.mark.parametrize("gradient", ["step", "time", "exact"])
def test_a_watched_neuron_and_synapse_learn_alike(gradient):
    """Hooks are called at every step, and gradients stay what they are."""
    x, options = events(25), {"gradient": gradient, "recurrent_delay": True}
    wanted = gradients(made("cuba", **options), x)
    for part in ("neuron", "recurrent_synapse"):
        block, calls = made("cuba", **options), []
        getattr(block, part).register_forward_hook(lambda *_, c=calls: c.append(1))
        found = gradients(block, x)
        assert len(calls) == 25
        for name, grad in wanted.items():
            torch.testing.assert_close(found[name], grad, rtol=1e-4, atol=1e-6)


def test_norms_and_dropouts_learn_through_time():
    norm = {"norm": slayer.neuron.norm.MeanOnlyBatchNorm}
    for params in (norm, {"dropout": slayer.neuron.Dropout(0.1)}):
        early = []
        for gradient in ("step", "time"):
            block = made("cuba", params=params, gradient=gradient)
            x = events(20).requires_grad_()
            block(x)[..., -1].sum().backward()
            early.append(float(x.grad[..., 0].abs().max()))
        assert early[1] > early[0]


CUE, GAP, ANSWER = 8, 30, 10


def recall(count, generator):
    """Which of four groups of inputs was active first, to be said after a gap."""
    cue = torch.randint(4, (count,), generator=generator)
    rate = torch.full((count, 20, CUE + GAP + ANSWER), 0.01)
    for n in range(4):
        rate[cue == n, 4 * n : 4 * n + 4, :CUE] = 0.5
    rate[:, 16:, CUE + GAP :] = 0.5
    return (torch.rand(rate.shape, generator=generator) < rate).float(), cue


def recalled(gradient, steps=120):
    """The share of right answers at the end of a training."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    narrow = {"threshold": 1.0, "tau_grad": 0.005, "scale_grad": 2}
    slow = {**narrow, "current_decay": 0.2, "voltage_decay": 0.03}
    fast = {**narrow, "current_decay": 1.0, "voltage_decay": 0.5}
    net = torch.nn.Sequential(
        slayer.block.cuba.Recurrent(slow, 20, 48, weight_scale=3, gradient=gradient),
        slayer.block.cuba.Dense(fast, 48, 4, weight_scale=3),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    right = []
    for _ in range(steps):
        x, cue = recall(48, generator)
        answer = net(x)[..., -ANSWER:].sum(-1)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(answer / 2, cue).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        right.append((answer.argmax(1) == cue).float().mean())
    return float(torch.stack(right[-10:]).mean())


def test_memory_is_learnt_through_time_alone():
    assert recalled("time") > 0.95
    assert recalled("step") < 0.6
