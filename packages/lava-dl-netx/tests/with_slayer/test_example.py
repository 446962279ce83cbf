"""The network that shows every family runs from its file as it was trained."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import netx, spec

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-slayer")
pytest.importorskip("lava.lib.dl.slayer", reason="needs the trainer: lava-dl-slayer")
TRAINER = Path(__file__).parents[3] / "lava-dl-slayer" / "tests" / "test_example.py"


@pytest.fixture(scope="module")
def network():
    """The trainer's own example network."""
    found = importlib.util.spec_from_file_location("slayer_example", TRAINER)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    torch.manual_seed(1)
    return module.Network()


def test_trained_network_runs_from_its_file_with_the_same_spikes(network, tmp_path):
    x, path = torch.rand(2, 2, 15, 15, 40), tmp_path / "example.net"
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(3):
        optimizer.zero_grad()
        (network(x).mean(dim=-1) - 0.3).square().sum().backward()
        optimizer.step()
    with torch.no_grad():
        wanted = network.eval()(x).numpy()
    network.export_hdf5(path)
    assert spec.validate(path) == []
    found = netx.load(path)(x.numpy(), layout="chw")
    assert wanted.any()
    np.testing.assert_array_equal(found, wanted)
