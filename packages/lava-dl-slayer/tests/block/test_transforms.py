"""Blocks under torch's transformations: exported, mapped, autocast."""

import pytest
import torch

from lava.lib.dl import slayer

FAMILIES = ("alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
BLOCKS = [
    *(("cuba", name) for name in slayer.block.cuba.__all__ if name != "AbstractCuba"),
    *((family, "Dense") for family in FAMILIES),
    ("rf", "Recurrent"),
    ("sigma_delta", "Input"),
]
"""Every layer, and every neuron at least once."""


def ready(each_block):
    return each_block.with_delays(each_block.make()).eval()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_exported_program_computes_the_same(each_block):
    block, x = ready(each_block), each_block.data()
    program = torch.export.export(block, (x,)).module()
    assert torch.equal(program(x), block(x))


@pytest.mark.parametrize("steps", [1, 5, 20])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_programs_of_few_steps_take_any_batch(steps):
    params = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
    block = slayer.block.cuba.Dense(params, 8, 6, weight_scale=4).eval()
    batch = {0: torch.export.Dim("batch", min=2, max=64)}
    example = (torch.rand(2, 8, steps),)
    program = torch.export.export(block, example, dynamic_shapes=(batch,)).module()
    x = torch.rand(40, 8, steps)
    assert torch.equal(program(x), block(x))


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_mapping_over_an_axis_is_calling_for_each_entry(each_block):
    block = ready(each_block)
    batches = torch.stack([each_block.data(seed=seed) for seed in (5, 6)])
    with torch.no_grad():
        mapped = torch.vmap(block)(batches)
        assert torch.equal(mapped, torch.stack([block(x) for x in batches]))


def test_autocast_leaves_the_spikes_as_they_are(each_block):
    block, x = ready(each_block), each_block.data()
    wanted = block(x).detach()
    with torch.autocast("cpu", torch.bfloat16):
        y = block(x.requires_grad_())
    rounds = each_block.layer in ("Affine",) or each_block.family == "sigma_delta"
    torch.testing.assert_close(
        y.float(), wanted, rtol=0, atol=0.01 * float(wanted.abs().max()) * rounds
    )
    y.sum().backward()
    assert x.grad.isfinite().all()
