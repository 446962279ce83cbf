"""One of two processes that train blocks with DistributedDataParallel over gloo.

``python distributed.py RANK STORE``: exits with 0 if all went as it should.
"""

import copy
import datetime
import importlib.util
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from lava.lib.dl import slayer


def beside(name):
    spec = importlib.util.spec_from_file_location(
        name, Path(__file__).with_name(f"{name}.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


conftest, tools = beside("conftest"), beside("tools")


def unlike_batches(rank):
    """Every block, with batches of another size in each process."""
    for family, layer in conftest.every_block():
        kind = conftest.Kind(family, layer)
        block = kind.make()
        if layer in ("Pool", "Unpool"):
            block.materialise(kind.input_shape)
        net = DistributedDataParallel(torch.nn.Sequential(tools.Gain(), block))
        for size in (3, 3 - rank, 2 + rank):
            tools.output(net, kind.data(size, seed=5 + rank)).sum().backward()


def own_states(rank):
    """Persistent states stay those of the process."""
    neuron = {"persistent_state": True}
    for layer in ("Dense", "Recurrent", "Conv"):
        kind = conftest.Kind("cuba", layer)
        block = kind.make(neuron=neuron)
        net, x = DistributedDataParallel(block), kind.data(seed=5 + rank)
        net(x).sum().backward()
        alone = copy.deepcopy(block)
        tools.same(net(x), alone(x))


def names_materialise():
    """Delays that nobody knows the shape of are refused with what mends it."""
    neuron = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
    pool = slayer.block.cuba.Pool(neuron, 2, delay=True)
    net = DistributedDataParallel(torch.nn.Sequential(tools.Gain(), pool))
    try:
        net(torch.rand(1, 2, 4, 4, 5))
    except RuntimeError as error:
        assert "materialise" in str(error)
    else:
        raise AssertionError("delays of processes may differ")


if __name__ == "__main__":
    rank, store = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=f"file://{store}",
        rank=rank,
        world_size=2,
        timeout=datetime.timedelta(seconds=60),
    )
    unlike_batches(rank)
    own_states(rank)
    names_materialise()
    dist.destroy_process_group()
