"""A row of blocks gives each block the steps it needs."""

import pytest
import torch

from lava.lib.dl.bootstrap import Mode, Network, block
from lava.lib.dl.bootstrap.routine import LayerMode

CUBA = {"threshold": 1.25, "current_decay": 1, "voltage_decay": 0.03}


class Recorder(torch.nn.Module):
    """Keeps mode and steps of each call."""

    def forward(self, x, mode):
        self.seen = mode.name, x.shape[-1]
        return x


@pytest.mark.parametrize(
    ("mode", "steps"),
    [
        (LayerMode(0, Mode.ANN), [1, 1, 1]),
        (LayerMode(1, Mode.ANN), [7, 1, 1]),
        (LayerMode(2, Mode.FIT), [7, 7, 1]),
        (LayerMode(2, Mode.SAMPLE), [7, 7, 7]),
        (Mode.SNN, [7, 7, 7]),
        (Mode.FIT, [1, 1, 1]),
    ],
)
def test_spiking_blocks_get_all_steps_and_others_one(mode, steps):
    net = Network([Recorder() for _ in range(3)], steps=7)
    x = torch.rand(2, 4)
    torch.testing.assert_close(net(x, mode), x)
    assert [recorder.seen[1] for recorder in net.blocks] == steps


def test_it_trains_as_a_hybrid():
    torch.manual_seed(0)
    net = Network(
        [block.cuba.Dense(CUBA, 6, 8, weight_scale=3), block.cuba.Affine(CUBA, 8, 2)]
    )
    net(torch.rand(4, 6), LayerMode(1, Mode.ANN)).sum().backward()
    assert all(b.synapse.weight.grad.any() for b in net.blocks)


def test_no_step_is_refused():
    with pytest.raises(ValueError, match="steps"):
        Network([], steps=0)
