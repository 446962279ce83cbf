"""What is trained on a GPU is in its file: netx computes the bits of the card.

Each test runs on a GPU, if there is one, with PyTorch's flags as they are and with TF32
allowed and not, and on what stands in for its kernels, whose matrix products are the
CPU's.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lava.lib.dl.slayer")

from lava.lib.dl import netx, spec  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from gpu_networks import (  # noqa: E402
    BLOCKS,
    LAYERS,
    NETWORKS,
    events,
    made,
    steps_of,
)

OPS = "lava.lib.dl.slayer.ops"
ON_A_DEVICE = ("_launch", "_kernel", "_time", "_weights", "_windows", "_recurrent")
TF32 = {"cuda": None, "cuda, TF32": True, "cuda, no TF32": False}


@pytest.fixture(
    params=["emulated", *(pytest.param(name, marks=pytest.mark.gpu) for name in TF32)]
)
def device(request, monkeypatch):
    """Where to train: a card, or the CPU with the kernels of a card."""
    if request.param in TF32:
        if TF32[request.param] is not None:
            allow_tf32(monkeypatch, TF32[request.param])
        return "cuda"
    request.getfixturevalue("emulated_gpu")
    for module in ON_A_DEVICE:
        monkeypatch.setattr(f"{OPS}.{module}.runs_on", lambda x: "cuda")
    monkeypatch.setattr(f"{OPS}._spikes.compiled", lambda x: False)
    monkeypatch.setattr(f"{OPS}._fused.compiled", lambda x: False)
    monkeypatch.setattr(f"{OPS}.find_events", lambda x, density: None)
    for name in ("run", "window_sum", "window_spread", "fused_forward"):
        monkeypatch.delattr(f"lava.lib.dl.core.training.{name}")  # the CPU's kernels
    monkeypatch.setattr(f"{OPS}._launch._stream", lambda index: 0)
    return "cpu"


def allow_tf32(monkeypatch, allowed):
    """Sets both flags as users do."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", allowed)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", allowed)


def trained(net, x, device):
    """What the network computes on the device after three steps of training there."""
    net, there = net.to(device), x.to(device)
    with torch.no_grad():
        net(there)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=0.01) if parameters else None
    for _ in range(3 if optimiser else 0):
        optimiser.zero_grad()
        (net(there) - 0.3).square().sum().backward()
        optimiser.step()
    net.eval()
    with torch.no_grad():
        return net(there).cpu().numpy()


def assert_in_file(net, x, found):
    """The same bits from the network's records, run by netx."""
    shape = x.shape[-2:0:-1] if x.ndim == 5 else None
    record = spec.Network([each.cpu().to_spec() for each in net])
    computed = netx.load(record, input_shape=shape)(x.numpy(), layout="chw")
    assert computed.any()
    np.testing.assert_array_equal(computed, found)


@pytest.mark.parametrize(("family", "layer"), BLOCKS)
def test_a_block_trained_on_a_gpu_is_in_its_file(family, layer, device):
    x = events(family, LAYERS[layer][1], steps_of(layer))
    net = torch.nn.Sequential(made(family, layer))
    assert_in_file(net, x, trained(net, x, device))


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_trained_on_a_gpu_is_in_its_file(network, device):
    torch.manual_seed(1)
    layers, x = network()
    net = torch.nn.Sequential(*layers)
    assert_in_file(net, x, trained(net, x, device))
