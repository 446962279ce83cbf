"""Networks from files, and the neurons that files name."""

import h5py
import pytest
import torch

from lava.lib.dl import slayer, spec
from lava.lib.dl.spec.schema import neuron_kinds

CUBA = {"threshold": 0.5, "current_decay": 0.5, "voltage_decay": 0.25}


@pytest.fixture
def network(tmp_path):
    torch.manual_seed(4)
    norm = {**CUBA, "norm": slayer.neuron.norm.WgtScaleBatchNorm}
    blocks = [
        slayer.block.cuba.Input(CUBA, weight=1.0, bias=0.25),
        slayer.block.cuba.Conv(norm, 2, 4, 3, weight_scale=4),
        slayer.block.cuba.Pool(CUBA, 2, weight_scale=0.6),
        slayer.block.cuba.Flatten(),
        slayer.block.cuba.Dense(CUBA, 36, 8, weight_scale=4, delay=True),
        slayer.block.cuba.Average(4),
    ]
    x = torch.rand(2, 2, 8, 8, 16)
    y = x
    for block in blocks:
        y = block(y)
    y = x
    for block in blocks:
        y = block.eval()(y)
    path = tmp_path / "network.net"
    spec.write(spec.Network([block.to_spec() for block in blocks]), path)
    return path, x, y


def test_network_computes_what_was_exported(network):
    path, x, y = network
    assert y.any()
    assert torch.equal(slayer.auto.SequentialNetwork(path)(x), y)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_reduction_leaves_one_value_per_output(network, reduction):
    path, x, y = network
    found = slayer.auto.SequentialNetwork(path, reduction=reduction)(x)
    torch.testing.assert_close(found, getattr(y, reduction)(dim=-1))


def test_weight_norm_and_counts(network):
    path, x, y = network
    net = slayer.auto.SequentialNetwork(path, weight_norm=True, count_log=True)
    assert any(name.endswith("weight_g") for name in net.state_dict())
    found, rates = net(x)
    assert found.shape == y.shape
    assert rates.shape == (1, 4)


def test_export_writes_the_file_again(network, tmp_path):
    path, x, _ = network
    net = slayer.auto.SequentialNetwork(path)
    net(x)
    net.export_hdf5(tmp_path / "again.net")
    assert spec.diff(spec.read(path), spec.read(tmp_path / "again.net")) == []


def test_weights_that_blocks_round_are_reported():
    layer = spec.Dense((1,), [[3, 4]], neuron=spec.Cuba(1024, 128, 80))
    with pytest.warns(UserWarning, match=r"50.0% of the dense layer's weights"):
        slayer.block._build.from_spec(layer)


@pytest.mark.parametrize("name", ["cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz"])
def test_classes_are_found_by_the_neurons_type(name):
    neuron, block = getattr(slayer.neuron, name), getattr(slayer.block, name)
    kind = block.Dense.record.type
    assert slayer.auto.get_classes(kind) == (neuron, block)


def test_every_neuron_of_the_format_has_blocks():
    assert set(slayer.auto.FAMILIES) == set(neuron_kinds())


def test_the_default_neuron_is_cuba():
    cuba = slayer.neuron.cuba, slayer.block.cuba
    assert slayer.auto.get_classes() == cuba
    assert slayer.auto.get_classes("LOIHI") == cuba
    with pytest.raises(ValueError, match="known are ADRF_IZHIKEVICH"):
        slayer.auto.get_classes("none")


def test_parameters_are_read_from_a_group(network):
    path, _, _ = network
    with h5py.File(path) as file:
        found = slayer.auto.get_neuron_params(
            file["layer/4/neuron"], slayer.neuron.cuba
        )
    assert found == CUBA
