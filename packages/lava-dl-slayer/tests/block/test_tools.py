"""Every block under every tool of PyTorch, and under what users do to a module."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from lava.lib.dl import slayer

sys.path.insert(0, str(Path(__file__).parent))
import block_tools as tools


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", tools.TOOLS)
def test_block_bears_the_tool(each_block, name):
    tool = tools.TOOLS[name]
    reason = tools.refusal(each_block, tool)
    if reason:
        pytest.skip(reason)
    tool(each_block)


@pytest.mark.skipif(
    not torch.distributed.is_gloo_available(), reason="PyTorch is built without gloo"
)
def test_two_processes_train_every_block_with_batches_of_unlike_sizes(tmp_path):
    script = Path(__file__).with_name("distributed.py")
    command = [sys.executable, "-W", "ignore", script]
    ranks = [
        subprocess.Popen(
            [*command, str(rank), tmp_path / "store"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    told = [rank.communicate(timeout=300)[1] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], told


def test_persistent_states_cannot_leave_a_transform():
    block = slayer.block.cuba.Dense(
        {
            "threshold": 0.5,
            "current_decay": 0.25,
            "voltage_decay": 0.1,
            "persistent_state": True,
        },
        4,
        3,
    )
    with torch.no_grad(), pytest.raises(RuntimeError, match="persistent_state=False"):
        torch.vmap(block)(torch.rand(2, 2, 4, 5))


@pytest.mark.parametrize("layer", ["Pool", "Unpool"])
def test_copies_of_delays_without_a_shape_name_materialise(layer):
    params = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
    block = getattr(slayer.block.cuba, layer)(params, 2, delay=True)
    with pytest.warns(UserWarning, match="materialise"):
        AveragedModel(block)
    block.materialise((3, 4, 4))
    average = AveragedModel(block)
    block(torch.rand(2, 3, 4, 4, 5))
    average.update_parameters(block)
    assert torch.equal(average.module.delay.delay, block.delay.delay)


def test_page_of_the_documentation_is_up_to_date():
    docs = Path(__file__).parents[4] / "docs"
    page = importlib.util.spec_from_file_location("page", docs / "_block_tools.py")
    module = importlib.util.module_from_spec(page)
    page.loader.exec_module(module)
    assert (docs / "block-tools.md").read_text() == module.render()
