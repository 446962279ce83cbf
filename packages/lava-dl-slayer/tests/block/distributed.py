"""One of two processes that train blocks with DistributedDataParallel over gloo.

``python distributed.py RANK STORE``: exits with 0 if all went as it should.
"""

import copy
import datetime
import sys

import conftest
import torch
import torch.distributed as dist
from block_tools._block import output, same
from block_tools._copies import Gain
from torch.nn.parallel import DistributedDataParallel

from lava.lib.dl import slayer


def unlike_batches(rank):
    """Every block, with batches of another size in each process."""
    for family, layer in conftest.every_block():
        kind = conftest.Kind(family, layer)
        block = kind.make()
        if layer in ("Pool", "Unpool"):
            block.materialise(kind.input_shape)
        net = DistributedDataParallel(torch.nn.Sequential(Gain(), block))
        for size in (3, 3 - rank, 2 + rank):
            output(net, kind.data(size, seed=5 + rank)).sum().backward()


def own_states(rank):
    """Persistent states stay those of the process."""
    neuron = {"persistent_state": True}
    for layer in ("Dense", "Recurrent", "Conv"):
        kind = conftest.Kind("cuba", layer)
        block = kind.make(neuron=neuron)
        net, x = DistributedDataParallel(block), kind.data(seed=5 + rank)
        net(x).sum().backward()
        alone = copy.deepcopy(block)
        same(net(x), alone(x))


def names_materialise():
    """Delays that nobody knows the shape of are refused with what mends it."""
    neuron = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
    pool = slayer.block.cuba.Pool(neuron, 2, delay=True)
    net = DistributedDataParallel(torch.nn.Sequential(Gain(), pool))
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
