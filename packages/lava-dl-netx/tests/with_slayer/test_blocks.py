"""What a trainer's block computes, quantised, is what its file computes.

Every layer kind of every family: small with all options, and for ten million steps.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from lava.lib.dl import netx, spec

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-slayer")
slayer = pytest.importorskip(
    "lava.lib.dl.slayer", reason="needs the trainer: lava-dl-slayer"
)

CUBA = {"threshold": 0.4, "current_decay": 0.3, "voltage_decay": 0.05}
ADAPTS = {"threshold_step": 0.3, "threshold_decay": 0.06, "refractory_decay": 0.04}
RESONATES = {"threshold": 0.4, "period": 11, "decay": 0.1}
FAMILIES = {
    "cuba": CUBA,
    "alif": {**CUBA, **ADAPTS},
    "rf": RESONATES,
    "rf_iz": RESONATES,
    "adrf": {**RESONATES, **ADAPTS},
    "adrf_iz": {**RESONATES, **ADAPTS},
    "sigma_delta": {"threshold": 0.1, "activation": torch.relu},
}
LAYERS = {
    "Dense": ((6, 5), (6,)),
    "Conv": ((2, 3, 3), (2, 6, 5)),
    "ConvT": ((2, 3, 2), (2, 4, 3)),
    "Pool": ((2,), (2, 6, 4)),
    "Unpool": ((2,), (2, 3, 2)),
    "Recurrent": ((6, 5), (6,)),
}
# Larger ones, and those that have no delay.
LONG = {
    "Dense": ((40, 250), (40,)),
    "Conv": ((2, 4, 3), (2, 10, 9)),
    "ConvT": ((2, 4, 3), (2, 7, 6)),
    "Pool": ((2,), (4, 16, 14)),
    "Unpool": ((2,), (4, 4, 3)),
    "Recurrent": ((10, 50), (10,)),
    "KWTA": ((10, 50, 5), (10,)),
    "Affine": ((40, 250), (40,)),
    "Output": ((40, 250), (40,)),
    "Input": ((), (250,)),
}
NEURON_STEPS, SAMPLES = 10_000_000, 40


def block_of(family, layer, sizes, **options):
    torch.manual_seed(7)
    made = getattr(slayer.block, family)
    if layer != "Input":
        options = {"weight_scale": 2, **options}
    block = getattr(made, layer)(FAMILIES[family], *sizes, **options)
    return block.eval()


def outputs(block, data):
    """Of the trainer and of the native runtime, (samples, shape, steps)."""
    with torch.no_grad():
        trainer = block(torch.from_numpy(data)).numpy()
        given = data.shape[-2:0:-1] if data.ndim == 5 else None
        net = netx.load(spec.Network([block.to_spec()]), input_shape=given)
    return trainer, net(data, layout="chw")


def spikes(shape, rate=0.3, seed=1):
    return (np.random.default_rng(seed).random(shape) < rate).astype(np.float32)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_of_every_family_is_equal(family, layer):
    if not hasattr(getattr(slayer.block, family), layer):
        assert (family, layer) == ("sigma_delta", "Recurrent")
        return
    sizes, shape = LAYERS[layer]
    options = {"delay_shift": True} if family == "sigma_delta" else {"delay": True}
    block = block_of(family, layer, sizes, **options)
    data = spikes((3, *shape, 80))
    block(torch.from_numpy(data))
    trainer, native = outputs(block, data)
    assert trainer.any()
    np.testing.assert_array_equal(native, trainer)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "sigma_delta"])
@pytest.mark.parametrize("layer", ["Recurrent", "KWTA"])
def test_delays_of_what_returns_are_in_the_file(family, layer):
    sizes, shape = LONG[layer]
    block = block_of(family, layer, sizes, recurrent_delay=True)
    late = torch.linspace(0, 13.7, sizes[1])
    data = spikes((3, *shape, 80))
    with torch.no_grad():
        early = block(torch.from_numpy(data)).numpy()
        block.recurrent_delay.delay += late
    trainer, native = outputs(block, data)
    assert (trainer != early).any()
    np.testing.assert_array_equal(native, trainer)
    again = slayer.auto.from_spec(block.to_spec()).eval()
    assert again.to_spec() == block.to_spec()
    np.testing.assert_array_equal(outputs(again, data)[0], trainer)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_learned_is_in_the_file(family, monkeypatch):
    monkeypatch.setitem(FAMILIES, family, {**FAMILIES[family], "requires_grad": True})
    block = block_of(family, "Dense", (6, 5)).train()
    data = spikes((3, 6, 80))
    optimizer = torch.optim.Adam(block.parameters(), lr=0.01)
    before = {name: p.detach().clone() for name, p in block.named_parameters()}
    for _ in range(5):
        optimizer.zero_grad()
        (block(torch.from_numpy(data)) - 0.3).square().sum().backward()
        optimizer.step()
    learned = [n for n, p in block.named_parameters() if not torch.equal(p, before[n])]
    assert any(name.startswith("neuron.") for name in learned)
    trainer, native = outputs(block.eval(), data)
    assert trainer.any()
    np.testing.assert_array_equal(native, trainer)


@pytest.mark.parametrize("norm", ["MeanOnlyBatchNorm", "WgtScaleBatchNorm"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_norm_of_an_input_is_in_the_file(family, norm, monkeypatch):
    params = {**FAMILIES[family], "norm": getattr(slayer.neuron.norm, norm)}
    monkeypatch.setitem(FAMILIES, family, params)
    block = block_of(family, "Input", ()).train()
    data = 2 * np.random.default_rng(3).random((4, 5, 40), np.float32)
    block(torch.from_numpy(data))
    trainer, native = outputs(block.eval(), data)
    assert trainer.any()
    np.testing.assert_array_equal(native, trainer)
    again = slayer.auto.from_spec(block.to_spec()).eval()
    np.testing.assert_array_equal(outputs(again, data)[0], trainer)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "sigma_delta"])
def test_a_read_out_without_dynamics_gives_the_sum_that_training_gave(family):
    if not hasattr(getattr(slayer.block, family), "Affine"):
        return
    block = block_of(family, "Affine", (6, 5), dynamics=False)
    trainer, native = outputs(block, spikes((3, 6, 20)))
    assert trainer.any()
    np.testing.assert_array_equal(native, trainer)


class Net(torch.nn.Module):
    """A network that calls its blocks by name."""

    def __init__(self, *parts):
        super().__init__()
        self.first, self.second = parts

    def forward(self, x):
        return self.second(torch.nn.functional.dropout(self.first(x), 0))


@pytest.mark.parametrize(
    "hold", [torch.nn.Sequential, Net, lambda *parts: torch.nn.Sequential(Net(*parts))]
)
def test_any_module_is_verified(hold):
    blocks = [block_of("cuba", "Dense", sizes) for sizes in ((6, 5), (5, 4))]
    network = spec.Network([block.to_spec() for block in blocks])
    model, data = hold(*blocks).train(), spikes((6, 40))
    report = netx.verify(model, network, data, reference=False, lava=False)
    assert model.training and report.equal
    assert report.compared == {"trainer": 9 * 40}
    with torch.no_grad():
        blocks[1].synapse.weight[0] += 0.5
    report = netx.verify(model, network, data, reference=False, lava=False)
    assert report.differences[0].layer == 1


def test_a_single_block_and_a_module_without_any_are_verified_or_refused():
    block, data = block_of("cuba", "Dense", (6, 5)), spikes((6, 40))
    network = spec.Network([block.to_spec()])
    assert netx.verify(block, network, data, reference=False, lava=False).equal
    with pytest.raises(ValueError, match="Linear holds no block"):
        netx.verify(torch.nn.Linear(6, 5), network, data)


def test_a_kernel_block_that_ran_says_the_shape_of_its_input():
    block = block_of("cuba", "Conv", (2, 3, 3), stride=2)
    block.materialise((2, 8, 9))
    layer = block.to_spec()
    assert layer.input_shape == (2, 8, 9)
    assert netx.load(spec.Network([layer])).input_shape == (9, 8, 2)
    assert slayer.auto.from_spec(layer).input_shape == (2, 8, 9)


LONG_BLOCKS = [
    (family, layer)
    for family in FAMILIES
    for layer in LONG
    if hasattr(getattr(slayer.block, family), layer)
]


@pytest.mark.parametrize(("family", "layer"), LONG_BLOCKS)
def test_ten_million_neuron_steps_are_equal(family, layer):
    sizes, shape = LONG[layer]
    block = block_of(family, layer, sizes)
    block(torch.from_numpy(spikes((1, *shape, 1))))
    neurons = math.prod(block.shape)
    steps = math.ceil(NEURON_STEPS / SAMPLES / neurons)
    trainer, native = outputs(block, spikes((SAMPLES, *shape, steps), rate=0.1))
    assert trainer.size >= NEURON_STEPS and trainer.any()
    assert np.count_nonzero(native != trainer) == 0


def test_every_block_with_neurons_runs_for_ten_million_steps():
    passive = {"Average", "Flatten", "TimeDecimation"}
    for family in FAMILIES:
        made = {
            n for n in getattr(slayer.block, family).__all__ if n[0:8] != "Abstract"
        }
        assert made - passive == {layer for f, layer in LONG_BLOCKS if f == family}
