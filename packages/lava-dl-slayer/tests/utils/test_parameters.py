"""Parameters are grouped so that each kind gets a rate of its unit."""

import pytest
import torch

import lava.lib.dl.slayer as slayer

NEURON = {
    "threshold": 1.0,
    "current_decay": 0.3,
    "voltage_decay": 0.2,
    "requires_grad": True,
}
ADAPTATION = {
    "threshold_step": 0.2,
    "threshold_decay": 0.1,
    "refractory_decay": 0.2,
}
ALIF = {**NEURON, **ADAPTATION}
RF = {"threshold": 1.0, "period": 10, "decay": 0.1, "requires_grad": True}
SIGMA_DELTA = {
    "threshold": 0.1,
    "activation": torch.nn.functional.relu,
    "requires_grad": True,
}
block = slayer.block


class Scaled(torch.nn.Module):
    """Blocks, a normalisation, and a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))
        norm = slayer.neuron.norm.MeanOnlyBatchNorm
        self.blocks = torch.nn.Sequential(
            block.cuba.Dense({**NEURON, "norm": norm}, 6, 5, delay=True),
            torch.nn.BatchNorm1d(5),
            block.cuba.Recurrent(NEURON, 5, 4, delay=True),
            block.cuba.KWTA(NEURON, 4, 3, num_winners=2),
        )


class MyDelay(slayer.axon.Delay):
    pass


NETWORKS = {
    "module": Scaled,
    "block": lambda: block.alif.Dense(ALIF, 4, 3, weight_norm=True, delay=True),
    "oscillator": lambda: block.rf.Dense(RF, 4, 3, delay=True),
    "adaptive": lambda: block.adrf_iz.Conv({**RF, **ADAPTATION}, 2, 3, 3),
    "sigma-delta": lambda: block.sigma_delta.Dense(SIGMA_DELTA, 4, 3),
    "subclass": lambda: torch.nn.Sequential(MyDelay(), torch.nn.Linear(3, 2)),
    "plain": lambda: torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2)),
}


def names_by_group(net, **rates):
    names = {parameter: name for name, parameter in net.named_parameters()}
    groups = slayer.utils.parameter_groups(net, 1e-3, **rates)
    return {g["name"]: [names[p] for p in g["params"]] for g in groups}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_parameter_that_learns_is_in_one_group(name):
    net = NETWORKS[name]()
    grouped = [n for names in names_by_group(net).values() for n in names]
    learnt = [n for n, p in net.named_parameters() if p.requires_grad]
    assert sorted(grouped) == sorted(learnt)


@pytest.mark.parametrize("name", NETWORKS)
def test_delays_and_decays_and_norms_are_known_by_their_modules(name):
    net = NETWORKS[name]()
    groups = names_by_group(net)
    learnt = [n for n, p in net.named_parameters() if p.requires_grad]
    delays = [n for n in learnt if n.split(".")[-1] == "delay"]
    decays = [n for n in learnt if n.endswith("_decay")]
    assert groups.get("delays", []) == delays
    assert groups.get("decays", []) == decays


def test_normalisations_have_a_group_and_the_rest_is_with_the_weights():
    groups = names_by_group(Scaled())
    assert groups["norms"] == ["blocks.1.weight", "blocks.1.bias"]
    assert "gain" in groups["weights"]
    assert "blocks.3.self_excitation" in groups["weights"]


def test_frozen_parameters_are_in_no_group():
    net = block.cuba.Dense(NEURON, 4, 3, delay=True)
    net.delay.delay.requires_grad_(False)
    groups = names_by_group(net)
    assert set(groups) == {"weights", "decays"}


def test_a_shared_parameter_is_there_once():
    first, second = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
    second.weight = first.weight
    (group,) = slayer.utils.parameter_groups(torch.nn.Sequential(first, second), 1e-3)
    assert len(group["params"]) == 3


def test_rates_are_the_ones_asked_for_or_multiples_of_the_weights():
    def rates(**options):
        groups = slayer.utils.parameter_groups(Scaled(), 1e-3, **options)
        return {group["name"]: group["lr"] for group in groups}

    assert rates() == pytest.approx(
        {"weights": 1e-3, "delays": 0.05, "decays": 0.05, "norms": 1e-3}
    )
    chosen = {"delay_lr": 0.1, "decay_lr": 0.2, "norm_lr": 0.0}
    assert rates(**chosen) == {
        "weights": 1e-3,
        "delays": 0.1,
        "decays": 0.2,
        "norms": 0.0,
    }


def trained_delays(groups_of):
    """Delays before and after training to repeat an input five steps later."""
    torch.manual_seed(0)
    net = block.cuba.Dense({**NEURON, "threshold": 0.5}, 8, 8, delay=True)
    net.materialise((8,))
    before = net.delay.delay.detach().clone()
    optimizer = torch.optim.Adam(groups_of(net))
    input = (torch.rand(4, 8, 60) < 0.2).float()
    target = slayer.axon.delay(input, 5)
    error = slayer.loss.SpikeTime(time_constant=5)
    for _ in range(40):
        optimizer.zero_grad()
        error(net(input), target).backward()
        optimizer.step()
    return before, net.delay.delay.detach()


def test_delays_move_by_steps_with_groups_and_hardly_with_one_rate():
    before, after = trained_delays(
        lambda net: [{"params": list(net.parameters()), "lr": 1e-2}]
    )
    assert ((after - before).abs() < 0.5).all()
    before, after = trained_delays(lambda net: slayer.utils.parameter_groups(net, 1e-2))
    assert ((after.floor() - before.floor()).abs() >= 1).all()
