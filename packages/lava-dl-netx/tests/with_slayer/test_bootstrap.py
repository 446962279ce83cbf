"""A converted network's file computes what the trainer computes, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-bootstrap")
bootstrap = pytest.importorskip(
    "lava.lib.dl.bootstrap", reason="needs the trainer: lava-dl-bootstrap"
)

STEPS = 12


@pytest.fixture(params=[0.0, 0.4], ids=["data above 0", "data around 0"])
def data(request):
    torch.manual_seed(5)
    return torch.rand(20, 2, 8, 8) - request.param


@pytest.fixture
def converted(data):
    nn = torch.nn
    plain = nn.Sequential(
        nn.Conv2d(2, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(72, 12),
        nn.ReLU(),
        nn.Linear(12, 5),
    )
    return bootstrap.convert(plain, data, STEPS).eval()


def test_every_layer_of_every_sample_is_equal_at_every_step(converted, data, tmp_path):
    converted.export_hdf5(tmp_path / "converted.net")
    net = netx.load(tmp_path / "converted.net")
    frames = data.unsqueeze(-1).expand(*data.shape, STEPS)
    for sample in frames:
        net.reset()
        traces = net.probe(sample.numpy(), layout="chw")
        x = sample[None]
        for index, block in enumerate(converted.blocks):
            with torch.no_grad():
                x = block(x, mode=bootstrap.Mode.SNN)
            got = traces[index].output.reshape(x.shape[1:])
            np.testing.assert_array_equal(got, x[0].numpy())
    assert x.any()
