"""The plugin trains, is written and read, and runs with the trainer's bits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from lava.lib.dl import netx, slayer, soft_reset, spec
from lava.lib.dl.spec import plugins

PARAMS = {"threshold": 0.8, "voltage_decay": 0.11}


class Network(torch.nn.Module):
    """Two layers of the plugin's neurons and one of ours between them."""

    def __init__(self, **options):
        super().__init__()
        torch.manual_seed(1)
        block, cuba = soft_reset.block, {"threshold": 1, "current_decay": 0.3}
        own = {**PARAMS, **options}
        self.blocks = torch.nn.ModuleList(
            [
                block.Conv(own, 2, 3, 3, weight_scale=3, delay_shift=True),
                block.Flatten(),
                slayer.block.cuba.Dense(
                    {**cuba, "voltage_decay": 0.2}, 48, 9, weight_scale=3
                ),
                block.Dense(own, 9, 4, weight_scale=3, delay=True),
            ]
        )

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(2)
    return (torch.rand(3, 2, 6, 6, 50, generator=generator) < 0.4).float()


def written(model, path):
    layers = [block.to_spec() for block in model.blocks]
    spec.write(spec.Network(layers), path)
    return path


def trained(data, **options):
    model = Network(**options)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        ((model(data).mean(-1) - 0.3) ** 2).sum().backward()
        optimizer.step()
    model.blocks[3].delay.delay.data = torch.tensor([0.0, 3, 1, 7])
    return model.eval()


@pytest.mark.parametrize("norm", [None, slayer.neuron.norm.MeanOnlyBatchNorm])
def test_the_native_runtime_gives_the_trainers_spikes(data, tmp_path, norm):
    model = trained(data, norm=norm)
    path = written(model, tmp_path / "soft.net")
    assert spec.validate(path) == []
    with torch.no_grad():
        expected = model(data).numpy()
    assert 0.01 < expected.mean() < 0.9
    net = netx.load(path, input_shape=(6, 6, 2))
    np.testing.assert_array_equal(net(data.numpy(), layout="chw"), expected)


def test_pieces_equal_the_whole(data, tmp_path):
    path = written(trained(data), tmp_path / "soft.net")
    net, one = netx.load(path, input_shape=(6, 6, 2)), data[0].numpy()
    whole = net.run(one, layout="chw")
    net.reset()
    pieces = [
        net.run(one[..., :9], layout="chw"),
        net.run(one[..., 9:20], layout="chw"),
    ]
    kept = net.state_dict()
    net.reset()
    net.load_state_dict(kept)
    pieces.append(net.run(one[..., 20:], layout="chw"))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=-1), whole)


def test_a_step_subtracts_the_threshold_and_keeps_the_rest():
    neuron = soft_reset.record.SoftReset(voltage_decay=1024, threshold=100)
    network = spec.Network([spec.Dense((1,), [[250]], neuron=neuron)])
    trace = netx.load(network).probe(np.array([[1.0, 0, 0, 0]]))[0]
    assert trace.output[0].tolist() == [0, 1, 1, 0]  # one step late
    voltages = [250 * 64 - 6400, 9600 * 3 // 4 - 6400, 600, 450]
    assert trace.states["voltage"][0].tolist() == voltages


def test_persistent_states_continue(data):
    model = trained(data, persistent_state=True).blocks[0]
    model.reset_state()
    with torch.no_grad():
        whole = model(data)
        model.reset_state()
        pieces = [model(data[..., :17]), model(data[..., 17:])]
    assert torch.equal(torch.cat(pieces, dim=-1), whole)


def test_states_are_no_buffers(data):
    block = trained(data, persistent_state=True).blocks[0]
    average = AveragedModel(block, use_buffers=True)
    with torch.no_grad():
        for batch in (data, data[:1]):
            block.reset_state()
            wanted = block(batch)
            average.update_parameters(block)
            average.module.reset_state()
            assert torch.equal(average(batch), wanted)
    assert not any("state" in name for name, _ in block.named_buffers())


def test_the_file_becomes_blocks_again(data, tmp_path):
    model = trained(data)
    path = written(model, tmp_path / "soft.net")
    again = slayer.auto.SequentialNetwork(path).eval()
    assert isinstance(again.blocks[0], soft_reset.block.Conv)
    with torch.no_grad():
        assert torch.equal(again(data), model(data))


def test_the_decay_learns(data):
    model = trained(data, requires_grad=True)
    decay = model.blocks[0].neuron.voltage_decay
    assert decay.item() != 4096 * np.float32(PARAMS["voltage_decay"])


def test_all_groups_are_used():
    for group in plugins.GROUPS:
        origins = plugins.available(group)
        assert origins["example.soft_reset"] == "lava-dl-soft-reset"


def test_lava_is_said_to_lack_it(data, tmp_path):
    path = written(trained(data), tmp_path / "soft.net")
    errors = [p for p in spec.validate(path, "lava") if p.severity == "error"]
    assert [p.code for p in errors] == ["lava-kind"] * 2
    report = netx.verify(trained(data), path, data[0].numpy())
    assert report.compared["trainer"] > 0 and report.equal
    assert "no arithmetic" in report.left_out["reference"]
    assert "example.soft_reset" in report.left_out["lava"]


def test_without_the_plugin_the_runtime_names_the_group(monkeypatch):
    monkeypatch.setattr(plugins._registry, "_objects", {})
    monkeypatch.setenv("LAVA_DL_PLUGINS", "0")
    neuron = soft_reset.record.SoftReset(voltage_decay=0, threshold=1)
    network = spec.Network([spec.Dense((1,), [[2]], neuron=neuron)])
    with pytest.raises(ValueError, match=r"lava\.dl\.runtime"):
        netx.load(network)
    with pytest.raises(NotImplementedError, match=r"lava\.dl\.blocks"):
        slayer.auto.from_spec(network[0])


def test_a_layer_that_feeds_back_receives_its_spikes_a_step_later():
    neuron = soft_reset.record.SoftReset(voltage_decay=0, threshold=100)
    layer = spec.Recurrent((1,), [[150]], [[60]], neuron=neuron)
    trace = netx.load(spec.Network([layer])).probe(np.array([[1.0, 0, 0, 0]]))[0]
    # 150 fires and leaves 50; 50 + 60 fires and leaves 10; 10 + 60 stays below.
    assert trace.states["voltage"][0].tolist() == [64 * v for v in (50, 10, 70, 70)]
