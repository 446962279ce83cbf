"""Blocks on another device: nothing crosses to the CPU, and nothing waits for it.

Tensors without values (meta) stand in for those of a GPU; who asks for a value fails.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lava.lib.dl import slayer
from lava.lib.dl.core import training

OPS = "lava.lib.dl.slayer.ops"
ON_A_DEVICE = ("_launch", "_kernel", "_time", "_weights", "_windows", "_recurrent")

OPTIONS = {
    "plain": {},
    "other units": {"scale": 100, "persistent_state": True, "requires_grad": True},
    "norm": {"norm": slayer.neuron.norm.WgtScaleBatchNorm, "shared_param": False},
}


class OneDevice(TorchDispatchMode):
    """Fails on an operator that takes or makes a tensor of the CPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        for each in tree_leaves((args, kwargs, found)):
            if isinstance(each, torch.Tensor) and not each.is_meta:
                raise AssertionError(f"{func} has a tensor on {each.device}")
        return found


@pytest.fixture(params=["gpu", "plain"])
def path(request, monkeypatch):
    """Runs operators' own code, the kernels of a GPU being called but empty."""
    where = "cuda" if request.param == "gpu" else ""
    for module in ON_A_DEVICE:
        monkeypatch.setattr(f"{OPS}.{module}.runs_on", lambda x: where)
    for place in (OPS, f"{OPS}._convolve"):
        monkeypatch.setattr(f"{place}.convolves", lambda x, y: True)
    monkeypatch.setattr(f"{OPS}._operator.is_eager", lambda *tensors: True)
    monkeypatch.setattr(f"{OPS}._launch._stream", lambda device: 0)
    monkeypatch.setattr(training, "run_on_gpu", lambda *args, **kwargs: None)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("neuron", OPTIONS.values(), ids=OPTIONS)
def test_nothing_leaves_the_device(each_block, neuron):
    """Neither forwards nor backwards, whatever is asked of the neuron."""
    if neuron and not each_block.has_neuron:
        pytest.skip("has no neuron")
    block = each_block.with_delays(each_block.make(neuron=neuron)).to("meta")
    x = each_block.data(steps=4).to("meta").requires_grad_()
    with OneDevice():
        y = block(x)
        y = y[0] if isinstance(y, tuple) else y
        y.backward(torch.empty_like(y))
    assert x.grad is not None


def test_a_longer_past_changes_nothing(each_block, monkeypatch):
    """Where no delay is read, all steps that any could need are kept."""
    if "delay" not in each_block.kwargs:
        pytest.skip("has no delays")
    made = each_block.make(neuron={"persistent_state": True})
    block, x = each_block.with_delays(made).eval(), each_block.data(steps=30)
    parts = x[..., :9], x[..., 9:11], x[..., 11:]
    wanted = [block(part) for part in parts]
    block.reset_state()
    monkeypatch.setattr("lava.lib.dl.slayer.block._block.longest", lambda delay: 62)
    for part, y in zip(parts, wanted, strict=True):
        assert torch.equal(block(part), y)


@pytest.mark.usefixtures("path")
def test_a_scalar_of_the_cpu_is_seen():
    x = torch.ones(2, device="meta")
    with OneDevice(), pytest.raises(AssertionError, match="on cpu"):
        x + torch.tensor(1.0)
