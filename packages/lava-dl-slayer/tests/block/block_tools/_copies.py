"""Copies of a block: made, stored, averaged, and put into another one."""

import copy
import io
import pickle

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from block_tools._block import output, same, trained


def copied(kind):
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    same(output(copy.deepcopy(block), x), y)


def pickled(kind):
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    same(output(pickle.loads(pickle.dumps(block)), x), y)


def checkpointed(kind):
    """A checkpoint of a block that ran loads strictly into one that never did."""
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    file = io.BytesIO()
    torch.save(block.state_dict(), file)
    file.seek(0)
    fresh = kind.make(seed=4)
    fresh.load_state_dict(torch.load(file))
    same(output(fresh, x), y)


class Gain(torch.nn.Module):
    """Something to learn before layers that have nothing."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.gain * x


def averaged(kind, **options):
    """Averages taken before the first pass and between batches of unlike sizes."""
    block = kind.make().eval()
    if kind.layer in ("Pool", "Unpool"):
        block.materialise(kind.input_shape)
    net = torch.nn.Sequential(Gain(), block)
    average = AveragedModel(net, **options)
    for batch in (2, 3):
        y = output(net, kind.data(batch))
        average.update_parameters(net)
    torch.testing.assert_close(output(average, kind.data(3)), y)


def with_ema(kind):
    averaged(kind, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)


def with_swa(kind):
    averaged(kind)
