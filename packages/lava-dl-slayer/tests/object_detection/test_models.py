import h5py
import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd
from lava.lib.dl import spec

CHANNELS = {"yolo_kp": 3, "yolo_kp_events": 2, "tiny_yolov3_str": 3}


@pytest.fixture(params=CHANNELS)
def name(request):
    return request.param


@pytest.fixture
def network(name):
    torch.manual_seed(0)
    return getattr(obd.models, name).Network(num_classes=4)


@pytest.fixture
def frames(name):
    generator = torch.Generator().manual_seed(1)
    return torch.rand(1, CHANNELS[name], 64, 96, 2, generator=generator)


def test_training_gives_raw_heads_and_evaluation_boxes(network, frames, name):
    heads, _ = network(frames)
    assert heads[0].shape == (1, 3, 2, 3, 9, 2)
    if name == "tiny_yolov3_str":
        assert heads[1].shape == (1, 3, 4, 6, 9, 2)
    cells = sum(head[..., 0, 0].numel() for head in heads)
    boxes, rates = network.eval()(frames)
    assert boxes.shape == (1, cells, 9, 2)
    assert boxes[:, :, 4:].min() >= 0
    assert boxes[:, :, 4:].max() <= 1
    torch.testing.assert_close(boxes[:, :, 5:].sum(2), torch.ones(1, cells, 2))
    assert rates.shape[0] == 1
    assert ((rates >= 0) & (rates <= 1)).all()


@pytest.mark.parametrize("training", [True, False])
def test_grids_are_found_in_either_mode(network, name, training):
    network.train(training)
    network.init_model((64, 96, CHANNELS[name]))
    assert network.scale[0] == (3, 2)
    assert network.training is training
    assert len(network.scale) == network.num_scales


def test_evaluation_mode_keeps_the_statistics(network, frames):
    network(frames)
    network.eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    network.init_model((64, 96, frames.shape[1]))
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_every_block_is_shown_to_the_monitor(network, frames, name):
    shown = []
    network(frames, sparsity_monitor=shown)
    counts = {"yolo_kp": 9, "yolo_kp_events": 9, "tiny_yolov3_str": 13}
    assert len(shown) == counts[name]


def test_weights_are_taken_over_exactly(network, frames, name, tmp_path):
    network(frames)
    torch.save(network.state_dict(), tmp_path / "network.pt")
    other = getattr(obd.models, name).Network(num_classes=4)
    assert other.load_model(tmp_path / "network.pt") == []
    network.eval(), other.eval()
    torch.testing.assert_close(other(frames)[0], network(frames)[0], rtol=0, atol=0)


def test_weights_of_another_shape_are_named(network, frames, name, tmp_path, caplog):
    torch.save(network.state_dict(), tmp_path / "network.pt")
    other = getattr(obd.models, name).Network(num_classes=5)
    left = other.load_model(tmp_path / "network.pt")
    assert left
    assert all("head" in key for key in left)
    assert left[0] in caplog.text


def test_weights_that_are_not_there_are_said_not_to_be_shipped(network):
    path = obd.models.__path__[0] + "/Trained_yolo_kp/network.pt"
    with pytest.raises(FileNotFoundError, match="do not come with the package"):
        network.load_model(path)


def test_the_file_holds_every_layer_and_the_head(network, frames, name, tmp_path):
    network.init_model((64, 96, CHANNELS[name]))
    network.eval()
    path = tmp_path / "network.net"
    network.export_hdf5(path)
    assert spec.validate(path) == []
    read = spec.read(path)
    assert spec.diff(read, network.to_spec()) == []
    assert read[-1].shape[0] == network.num_output
    with h5py.File(path) as file:
        last = file[f"layer/{len(read) - 1}"]
        assert last["type"][0] == b"conv"
        assert sorted(last["neuron"]) == ["sigma_output", "type"]
        assert last["neuron/sigma_output"][()]


def test_the_file_of_two_heads_parts_and_joins():
    torch.manual_seed(0)
    network = obd.models.tiny_yolov3_str.Network(num_classes=4)
    network.init_model((64, 96, 3))
    layers = network.to_spec()
    joins = {
        i: layer.sources.tolist()
        for i, layer in enumerate(layers)
        if isinstance(layer, spec.Concat)
    }
    assert joins == {12: [9], 15: [14, 5]}
    assert [layers[i].shape[0] for i in network.head_layers] == [27, 27]
    assert layers.problems() == []


def test_export_wants_a_frame_first(network, tmp_path):
    with pytest.raises(
        (ValueError, TypeError), match=r"init_model|forward|frame|shape"
    ):
        network.export_hdf5(tmp_path / "network.net")
    assert not any(tmp_path.iterdir())


def test_gradients_are_drawn_layer_by_layer(tmp_path):
    torch.manual_seed(0)
    network = obd.models.yolo_kp.Network(num_classes=4, threshold=0.01)
    heads, _ = network(torch.rand(1, 3, 64, 64, 2))
    sum(head.square().mean() for head in heads).backward()
    norms = network.grad_flow(f"{tmp_path}/run_")
    assert len(norms) == 10
    assert min(norms) > 0
    assert (tmp_path / "run_gradFlow.png").stat().st_size > 1000
