"""Every detector's file runs natively with the trainer's bits and boxes."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx
from lava.lib.dl.netx import detection

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-slayer")
obd = pytest.importorskip(
    "lava.lib.dl.slayer.object_detection",
    reason="needs the trainer: lava-dl-slayer",
)

CHANNELS = {"yolo_kp": 3, "yolo_kp_events": 2, "tiny_yolov3_str": 3}
HEIGHT, WIDTH, STEPS = 64, 96, 4


@pytest.fixture(params=CHANNELS)
def name(request):
    return request.param


@pytest.fixture
def detector(name):
    """As trained: with statistics, and weights that let every layer speak."""
    torch.manual_seed(0)
    network = getattr(obd.models, name).Network(4, threshold=0.01)
    for key, weight in network.named_parameters():
        if key.endswith("weight_g"):
            weight.data *= 1.5  # larger, sums would outgrow float32
    network.init_model((HEIGHT, WIDTH, CHANNELS[name]))
    return network.eval()


@pytest.fixture
def frames(name):
    frames = torch.rand(1, CHANNELS[name], HEIGHT, WIDTH, STEPS)
    return frames if CHANNELS[name] == 3 else (frames < 0.2).float()


def raw_heads(network, frames):
    """What the trainer's heads give, quantised (anchors * P, H, W, T) each."""
    outputs = []
    with torch.no_grad():
        hooks = [
            layer.register_forward_hook(lambda *call: outputs.append(call[-1][0]))
            for layer in network.blocks_in_order()
            if type(layer).__name__ == "Sigma"
        ]
        boxes, rates = network(frames)
    for hook in hooks:
        hook.remove()
    return [output.numpy() for output in outputs], boxes, rates


def test_heads_and_boxes_are_equal(detector, frames, name, tmp_path):
    heads, boxes, rates = raw_heads(detector, frames)
    assert rates.min() > 0.01  # no layer is silent
    detector.export_hdf5(tmp_path / "detector.net")
    images = frames.numpy() if name == "yolo_kp_events" else detection.normalize(frames)
    given = (WIDTH, HEIGHT, CHANNELS[name])
    net = netx.load(tmp_path / "detector.net", input_shape=given)
    traces = net.probe(images[0], layout="chw")
    places = getattr(detector, "head_layers", [max(traces)])
    pairs = zip(places, heads, strict=True)
    native = [traces[place].output.reshape(h.shape) for place, h in pairs]
    for found, wanted in zip(native, heads, strict=True):
        assert wanted.any()
        np.testing.assert_array_equal(found, wanted)
    decoded = [
        detection.decode(head[None], anchors)
        for head, anchors in zip(native, detector.anchors.numpy(), strict=True)
    ]
    joined = np.concatenate(decoded, axis=1)
    np.testing.assert_allclose(joined, boxes, rtol=1e-5, atol=1e-6)
    for step in range(STEPS):
        (found,) = detection.non_maximum_suppression([joined[0, ..., step]])
        (wanted,) = obd.bbox.utils.nms([boxes[0, ..., step]])
        assert 0 < len(wanted) < len(boxes[0])
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
