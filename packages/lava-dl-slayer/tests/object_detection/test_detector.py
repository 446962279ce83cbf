"""A detector small enough to train and to run in plain integers here."""

import pytest
import torch
from torch.nn import ModuleList

import lava.lib.dl.slayer.object_detection as obd
from lava.lib.dl import spec
from lava.lib.dl.slayer.object_detection.models import _detector, _layers
from lava.lib.dl.spec import reference as integers


@pytest.fixture
def small():
    """One convolution and a head on a grid of 2 x 2 cells."""
    torch.manual_seed(0)
    network = _detector.Chain(3, [[(1.0, 1.0)]])
    params = _layers.sigma_delta_params(0.1, 0.5, 1)
    network.input_blocks = ModuleList([_layers.entry(params)])
    network.blocks = ModuleList([_layers.conv(params, 3, 4, 3, 4, 2)])
    network.heads = ModuleList(_layers.head(4, network.num_output))
    network.init_model((8, 8, 3))
    return network


def test_a_few_steps_of_training_lower_the_loss(small):
    data = obd.dataset.SyntheticShapes(4, (8, 8), 2)
    target = obd.YOLOtarget(small.anchors, small.scale, 3)
    images, targets, _ = target.collate_fn([data[i] for i in range(4)])
    loss_fx = obd.YOLOLoss(small.anchors)
    optimizer = torch.optim.Adam(small.parameters(), lr=0.02)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_fx(small(images)[0], targets)[0]
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_the_exported_file_means_what_the_trainer_computes(small, tmp_path):
    images = torch.rand(1, 3, 8, 8, 3)
    small(images)
    small.eval()
    small.export_hdf5(tmp_path / "small.net")
    with torch.no_grad():
        x = small.prepared(images)
        head = x
        for layer in small.blocks_in_order():
            head = layer(head)
    rows = x[0].flatten(0, 2).T.tolist()
    read = spec.read(tmp_path / "small.net")
    output = integers.run(read, rows, (3, 8, 8))[-1].output
    found = torch.tensor([[float(value) for value in row] for row in output])
    assert head.abs().max() > 0
    torch.testing.assert_close(found, head[0].flatten(0, 2).T, rtol=0, atol=0)
