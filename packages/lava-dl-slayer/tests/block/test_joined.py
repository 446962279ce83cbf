"""Residual and concatenating blocks: what they compute, write and read back."""

import numpy as np
import pytest
import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer import auto, block, io, utils
from lava.lib.dl.spec import reference

CUBA = {"threshold": 0.5, "current_decay": 0.4, "voltage_decay": 0.2}
SDNN = {"threshold": 0.1, "activation": torch.relu}
STEPS = 12


def dense(inputs, outputs):
    return block.cuba.Dense(CUBA, inputs, outputs, weight_scale=2)


def conv(inputs, outputs, family=block.cuba, neuron=CUBA, **more):
    options = {"padding": 1, "weight_scale": 2, **more}
    return family.Conv(neuron, inputs, outputs, 3, **options)


def sigma_delta(**more):
    return conv(2, 2, block.sigma_delta, SDNN, **more)


NETWORKS = {
    "first": lambda: ((6,), [block.Residual(dense(6, 6))]),
    "skip": lambda: ((5,), [dense(5, 6), block.Residual([dense(6, 4), dense(4, 6)])]),
    "shortcut": lambda: (
        (2, 5, 4),
        [conv(2, 2), block.Residual([conv(2, 3), conv(3, 3)], conv(2, 3))],
    ),
    "nested": lambda: (
        (6,),
        [
            dense(6, 4),
            block.Residual([dense(4, 4), block.Residual(dense(4, 4))]),
            dense(4, 3),
        ],
    ),
    "concat": lambda: (
        (5,),
        [dense(5, 4), block.Concat(dense(4, 3), None, dense(4, 2))],
    ),
    "dense-net": lambda: (
        (2, 4, 4),
        [block.Concat(conv(2, 3), None), block.Concat(conv(5, 2), None)],
    ),
    "sigma-delta": lambda: ((2, 4, 4), [block.Residual(sigma_delta()), sigma_delta()]),
    "depthwise": lambda: (
        (4, 5, 4),
        [block.Residual([conv(4, 4, groups=4), conv(4, 4, groups=2)]), conv(4, 4)],
    ),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    torch.manual_seed(5)
    shape, blocks = NETWORKS[request.param]()
    net = torch.nn.Sequential(*blocks)
    x = (torch.rand(1, *shape, STEPS) < 0.4).float()
    with torch.no_grad():
        y = net(x)
    assert y.any()
    return net, x, y


def test_the_file_means_what_the_blocks_compute(network, tmp_path):
    net, x, y = network
    io.export(net, tmp_path / "joined.net")
    rows = x[0].flatten(0, -2).T.tolist()
    last = reference.run(spec.read(tmp_path / "joined.net"), rows, tuple(x.shape[1:-1]))
    found = np.array([[float(v) for v in row] for row in last[-1].output])
    np.testing.assert_array_equal(found, y[0].flatten(0, -2).T.numpy())


def test_the_file_makes_the_network_again(network, tmp_path):
    net, x, y = network
    io.export(net, tmp_path / "joined.net")
    again = auto.SequentialNetwork(tmp_path / "joined.net")
    assert torch.equal(again(x).reshape(y.shape), y)
    again.export_hdf5(tmp_path / "again.net")
    assert not spec.diff(tmp_path / "joined.net", tmp_path / "again.net")


def test_all_weights_get_a_gradient(network):
    net, x, _ = network
    net(x).sum().backward()
    assert all(p.grad.any() for n, p in net.named_parameters() if n.endswith("weight"))


def test_pieces_equal_the_whole():
    torch.manual_seed(5)
    neuron = {**CUBA, "persistent_state": True}
    net = block.Residual(block.cuba.Dense(neuron, 6, 6, weight_scale=2))
    x = (torch.rand(2, 6, STEPS) < 0.5).float()
    whole = net(x)
    net.reset_state()
    parts = [net(x[..., :5]), net(x[..., 5:])]
    assert torch.equal(torch.cat(parts, dim=-1), whole)


def test_the_sum_is_that_of_body_and_shortcut():
    torch.manual_seed(5)
    body, shortcut = dense(6, 4), dense(6, 4)
    x = (torch.rand(2, 6, STEPS) < 0.5).float()
    assert torch.equal(block.Residual(body, shortcut)(x), body(x) + shortcut(x))


def test_rates_of_events_are_counted():
    torch.manual_seed(5)
    inner = block.cuba.Dense(CUBA, 6, 6, weight_scale=2, count_log=True)
    x = (torch.rand(2, 6, STEPS) < 0.5).float()
    y, rate = block.Residual(inner, count_log=True)(x)
    assert rate == (y > 0).float().mean()


def test_the_report_lists_all_layers():
    net = [dense(5, 6), block.Residual([dense(6, 4), dense(4, 6)])]
    assert utils.export_report(net).count("dense") == 3


def test_shapes_that_differ_are_refused():
    with pytest.raises(
        ValueError, match=r"\(2, 4, 12\) and \(2, 6, 12\), need the same"
    ):
        block.Residual(dense(6, 4))(torch.zeros(2, 6, STEPS))


def test_one_group_of_a_file_holds_it_not():
    net = block.Residual(dense(6, 6))
    with pytest.raises(ValueError, match="shape of this Residual is not known yet"):
        net.to_spec()
    with pytest.raises(NotImplementedError, match=r"several layers.*slayer.io.export"):
        net.export_hdf5(None)
