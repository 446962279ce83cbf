"""Each of the usual networks builds, learns, and stands in a file."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer import classifier, models
from lava.lib.dl.slayer.models.__main__ import main

SMALL = {
    "digits_mlp": ({"hidden": 12}, (1, 8, 8)),
    "nmnist_mlp": ({"inputs": 30, "hidden": (16, 12)}, (30,)),
    "nmnist_cnn": ({"input_shape": (2, 12, 12), "channels": (4, 6)}, (2, 12, 12)),
    "dvs_gesture_cnn": (
        {"input_shape": (2, 32, 32), "channels": (4, 6), "hidden": 12},
        (2, 32, 32),
    ),
    "shd_recurrent": ({"inputs": 20, "hidden": (10, 8)}, (20,)),
    "pilotnet_lif": ({"input_shape": (3, 66, 66)}, (3, 66, 66)),
    "pilotnet_sdnn": ({"input_shape": (3, 33, 40)}, (3, 33, 40)),
}
STEPS = 14  # the latency of all layers, and some more


def batch(name, samples=2):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(samples, *SMALL[name][1], STEPS, generator=generator)
    if name.startswith("pilotnet"):
        return x, torch.linspace(-1, 1, samples * STEPS).reshape(samples, STEPS)
    return (x < 0.4).float(), torch.arange(samples) % 2


@pytest.fixture(params=SMALL)
def name(request):
    return request.param


@pytest.fixture
def net(name):
    torch.manual_seed(1)
    return getattr(models, name)(**SMALL[name][0])


def test_every_network_learns_a_step(name, net):
    x, target = batch(name)
    weights = {n: p.clone() for n, p in net.named_parameters() if "weight" in n}
    recipe, lines = models.RECIPES[name], []
    trained, stats = models.train(recipe, [(x, target)], net, 1, lines.append)
    assert trained is net
    assert len(lines) == 1
    assert np.isfinite(stats.training.min_loss)
    moved = [
        not torch.equal(weights[n], dict(net.named_parameters())[n]) for n in weights
    ]
    assert any(moved)


def test_every_network_stands_in_a_file(name, net, tmp_path):
    x, _ = batch(name)
    net.eval()(x)
    net.export_hdf5(tmp_path / "network.net")
    assert not spec.validate(tmp_path / "network.net")
    assert len(spec.read(tmp_path / "network.net")) == len(net.blocks)


def test_rates_are_counted_where_asked_for(name, net):
    net.count_log = True
    y, counts = net(batch(name)[0])
    assert counts.shape == (1, len(net.blocks))
    assert counts[0, -1] == (y != 0).float().mean()


def test_defaults_are_those_of_the_data_sets():
    assert models.nmnist_mlp().blocks[0].synapse.weight_v.shape[:2] == (512, 2312)
    assert models.nmnist_cnn()(torch.zeros(1, 2, 34, 34, 2)).shape == (1, 10, 2)
    assert models.dvs_gesture_cnn()(torch.zeros(1, 2, 128, 128, 2)).shape == (1, 11, 2)
    assert models.shd_recurrent()(torch.zeros(1, 700, 2)).shape == (1, 20, 2)
    assert models.pilotnet_sdnn()(torch.zeros(1, 3, 33, 100, 1)).shape == (1, 1, 1)
    assert models.pilotnet_lif()(torch.zeros(1, 3, 66, 200, 1)).shape == (1, 1, 1)


def test_changes_of_the_neuron_reach_all_layers():
    net = models.nmnist_mlp(30, (8,), surrogate="gaussian", threshold=0.5)
    assert {block.neuron.surrogate for block in net.blocks} == {"gaussian"}
    assert {block.neuron.threshold for block in net.blocks} == {0.5}


def test_the_detector_builds_learns_and_exports(tmp_path):
    pytest.importorskip("PIL")
    torch.manual_seed(1)
    net = models.tiny_yolo_sdnn(num_classes=3, threshold=1 / 64)
    heads, _ = net(torch.rand(1, 3, 64, 64, 2))
    sum(head.sum() for head in heads).backward()
    assert any(p.grad is not None and p.grad.any() for p in net.parameters())
    spec.write(net.to_spec(), tmp_path / "detector.net")
    assert not spec.validate(tmp_path / "detector.net")


def test_an_angle_of_the_last_step_is_compared_with_it():
    output = torch.tensor([[[0.0, 1.0]], [[2.0, 4.0]]])
    assert models.steering_error(output, torch.tensor([1.0, 2.0])) == 2
    assert models.steering_error(output, torch.tensor([[0.0, 1], [2, 2]])) == 1


def test_the_command_trains_and_writes(tmp_path, capsys):
    x = (np.random.default_rng(0).random((6, 700, 5)) < 0.1).astype(np.uint8)
    np.savez(tmp_path / "data.npz", input=x, target=np.arange(6) % 3)
    out = tmp_path / "network.net"
    data = str(tmp_path / "data.npz")
    main(["shd_recurrent", data, "--epochs", "1", "--batch", "3", "--out", str(out)])
    assert spec.read(out).layers[0].in_features == 700
    assert "epoch 0: loss" in capsys.readouterr().out


@pytest.fixture(scope="module")
def held_out():
    """Digits that the weights were not trained on, as events, and their classes."""
    with np.load(Path(__file__).parent / "digits.npz") as file:
        images, labels = (torch.from_numpy(file[n]) for n in ("images", "labels"))
    return models.digits_events(images), labels


def test_shipped_weights_classify_what_is_told(held_out):
    events, labels = held_out
    net = models.digits_mlp(pretrained=True).eval()
    with torch.no_grad():
        right = int((classifier.Rate.predict(net(events)) == labels).sum())
    assert f"{right} of the {len(labels)} digits" in models.digits_mlp.__doc__
    assert right > 0.95 * len(labels)
    assert files(models).joinpath("digits_mlp.pt").stat().st_size < 300_000


def test_shipped_weights_fit_their_sizes_alone(held_out):
    with pytest.raises(RuntimeError, match="size mismatch"):
        models.digits_mlp(hidden=32, pretrained=True)
    untrained = models.digits_mlp().eval()
    found = classifier.Rate.predict(untrained(held_out[0]))
    assert (found == held_out[1]).float().mean() < 0.5


def test_a_digits_events_count_its_brightness():
    images = torch.arange(16).repeat(2, 4).reshape(2, 8, 8) + 1
    events = models.digits_events(images, steps=32)
    assert events.shape == (2, 1, 8, 8, 32)
    assert torch.equal(events.sum(-1)[:, 0], images.float())
    assert models.digits_events(images).shape[-1] == 24
