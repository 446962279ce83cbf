"""Every block with every norm, written to a file and exported as a program."""

import pytest
import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer.neuron import norm

NORMS = (norm.MeanOnlyBatchNorm, norm.WgtScaleBatchNorm)
ONCE = ("Dense", "Output")


def trained(kind, cls):
    """A block whose norm has statistics of two batches."""
    if not kind.has_neuron:
        pytest.skip("no norm")
    block = kind.with_delays(kind.make(neuron={"norm": cls}))
    for seed in (1, 2):
        block(kind.data(batch=3, seed=seed))
    return block.eval()


def plain(y):
    return y[0] if isinstance(y, tuple) else y


@pytest.mark.parametrize("cls", NORMS)
def test_files_hold_the_norms_of_every_block(each_block, cls, tmp_path):
    block = trained(each_block, cls)
    layer = block.to_spec()
    # Pool and Unpool have no norm; Input and Output of sigma-delta never run theirs.
    runs = any(m.running_mean.any() for m in block.modules() if isinstance(m, cls))
    assert any(bias is not None for bias in layer.norm_biases) == runs
    spec.write(spec.Network([layer]), tmp_path / "block.net")
    assert spec.read(tmp_path / "block.net")[0] == layer


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("cls", NORMS)
def test_programs_hold_the_norms_of_every_block(each_block, cls):
    once = each_block.layer in ONCE or each_block.family == "cuba"
    if not once and (each_block.family, each_block.layer) != ("rf", "Recurrent"):
        pytest.skip("tried with cuba")
    block = trained(each_block, cls)
    batch = {0: torch.export.Dim("batch", min=2, max=64)}
    example = (each_block.data(steps=8),)
    program = torch.export.export(block, example, dynamic_shapes=(batch,))
    x = each_block.data(batch=5, steps=8)
    assert torch.equal(plain(program.module()(x)), plain(block(x)))


@pytest.mark.parametrize("cls", NORMS)
def test_transforms_take_norms_that_are_evaluated(each_block, cls):
    block = trained(each_block, cls)
    batches = torch.stack([each_block.data(seed=seed, steps=8) for seed in (5, 6)])
    with torch.no_grad():
        wanted = torch.stack([plain(block(x)) for x in batches])
        mapped = torch.vmap(lambda x: plain(block(x)))(batches)
    assert torch.equal(mapped, wanted)
    x = batches[0].requires_grad_()
    (grad,) = torch.autograd.grad(plain(block(x)).square().sum(), x)
    found = torch.func.grad(lambda x: plain(block(x)).square().sum())(x.detach())
    torch.testing.assert_close(found, grad)
    assert torch.equal(plain(block(batches[1])), wanted[1])
