"""One call writes any network, whole or not at all, checked and with its header."""

import subprocess
import sys

import h5py
import pytest
import torch

from lava.lib.dl import slayer, spec
from lava.lib.dl.slayer.io import export

NEURON = {"threshold": 0.5, "current_decay": 0.5, "voltage_decay": 0.5}


def dense(inputs, outputs):
    return slayer.block.cuba.Dense(NEURON, inputs, outputs, weight_scale=2)


class WithBlocks(torch.nn.Module):
    def __init__(self):
        super().__init__()
        inner = torch.nn.Sequential(dense(6, 5), dense(5, 4))
        self.blocks = torch.nn.ModuleList([dense(8, 6), inner])


class WithOwnExport(WithBlocks):
    """As scripts for lava-dl 0.6 write it; it leaves out the last layer."""

    def export_hdf5(self, filename):
        assert filename + "" == filename
        with h5py.File(filename, "w") as file:
            layer = file.create_group("layer")
            for index, block in enumerate([self.blocks[0], self.blocks[1][0]]):
                block.export_hdf5(layer.create_group(f"{index}"))
            file["notes"] = "kept"


class ThatCallsBack(WithBlocks):
    def export_hdf5(self, filename):
        export(self, filename)


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (lambda: dense(8, 6), [(6,)]),
        (lambda: [dense(8, 6), dense(6, 3)], [(6,), (3,)]),
        (lambda: torch.nn.Sequential(dense(8, 6), dense(6, 3)), [(6,), (3,)]),
        (WithBlocks, [(6,), (5,), (4,)]),
        (WithOwnExport, [(6,), (5,)]),
        (ThatCallsBack, [(6,), (5,), (4,)]),
    ],
)
def test_networks_of_every_make_are_exported(tmp_path, make, shapes):
    path = tmp_path / "network.net"
    network = export(make(), path)
    assert [layer.shape for layer in network] == shapes
    assert spec.read(path) == network
    assert spec.validate(path) == []
    with h5py.File(path) as file:
        assert file.attrs["format_version"] == b"1.0"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_network_writes_beside_its_layers_is_kept(tmp_path):
    export(WithOwnExport(), tmp_path / "network.net")
    with h5py.File(tmp_path / "network.net") as file:
        assert file["notes"][()] == b"kept"


def test_the_file_is_that_of_blocks_written_one_by_one(tmp_path):
    net = torch.nn.Sequential(dense(8, 6), dense(6, 3))
    export(net, tmp_path / "one.net")
    with h5py.File(tmp_path / "two.net", "w") as file:
        for index, block in enumerate(net):
            block.export_hdf5(file.create_group(f"layer/{index}"))
    assert spec.diff(tmp_path / "one.net", tmp_path / "two.net") == []


def test_a_part_without_place_is_named(tmp_path):
    path = tmp_path / "network.net"
    net = torch.nn.Sequential(dense(8, 6), torch.nn.Sequential(torch.nn.ReLU()))
    with pytest.raises(ValueError, match=r"Sequential\[1\]\[0\] is ReLU"):
        export(net, path)
    with pytest.raises(ValueError, match="not known yet"):
        export([slayer.block.cuba.Conv(NEURON, 1, 2, 3)], path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [list, WithOwnExport])
def test_layers_that_do_not_fit_leave_the_old_file(tmp_path, make):
    path = tmp_path / "network.net"
    path.write_bytes(b"old")
    net = make()
    if isinstance(net, list):
        net += [dense(8, 6), dense(5, 4)]
    else:
        net.blocks[0] = dense(8, 7)
    with pytest.raises(spec.FormatError):
        export(net, path)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("make", [list, WithOwnExport])
def test_clipped_weights_are_warned_of(tmp_path, make):
    net = make()
    if isinstance(net, list):
        net.append(dense(8, 6))
    first = net[0] if isinstance(net, list) else net.blocks[0]
    with torch.no_grad():
        first.synapse.weight[0] = 100
    with pytest.warns(UserWarning, match="lie outside the 8-bit range"):
        export(net, tmp_path / "network.net")


@pytest.mark.parametrize("own", [False, True])
def test_networks_made_from_files_export_too(tmp_path, own):
    export([dense(8, 6), dense(6, 3)], tmp_path / "one.net")
    net = slayer.auto.SequentialNetwork(tmp_path / "one.net")
    if own:
        net.export_hdf5(tmp_path / "two.net")
    else:
        export(net, tmp_path / "two.net")
    assert spec.diff(tmp_path / "one.net", tmp_path / "two.net") == []


KILLED = """
import os, sys
import torch
from lava.lib.dl import slayer

class Dies(torch.nn.Module):
    def to_spec(self):
        os.kill(os.getpid(), 9)

neuron = {"threshold": 0.5, "current_decay": 0.5, "voltage_decay": 0.5}
slayer.io.export([slayer.block.cuba.Dense(neuron, 8, 6), Dies()], sys.argv[1])
"""


def test_an_export_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "network.net"
    export(dense(8, 6), path)
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", KILLED, str(path)])
    assert done.returncode == -9
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
