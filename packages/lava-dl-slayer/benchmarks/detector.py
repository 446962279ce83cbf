"""Train a small event-based detector, export it, and run the file without PyTorch.

Generated sequences of moving shapes stand in for a download. Writes ``detector.net``
and ``detections.png`` to the folder given, ``out`` by default, and fails unless mean
average precision at an overlap of 0.5 reaches 0.6 on sequences not trained on.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import ModuleList

import lava.lib.dl.slayer.object_detection as obd
from lava.lib.dl.slayer.object_detection.models import _layers
from lava.lib.dl.slayer.object_detection.models._detector import Chain

SIZE, STEPS = (64, 64), 4
ANCHORS = [[(2.4, 2.4)]]  # in cells
SAMPLES, TESTS, EPOCHS, BATCH, RATE = 512, 64, 10, 16, 4e-3
GOAL = 0.6


class Detector(Chain):
    """Four convolutions and a head: a grid eight times coarser than the frame."""

    def __init__(self, num_classes: int, width: int = 16) -> None:
        super().__init__(num_classes, ANCHORS)
        params = _layers.sigma_delta_params(threshold=0.1, tau_grad=0.5, scale_grad=1)
        channels = [3, width, 2 * width, 4 * width, 4 * width]
        strides = [2, 2, 2, 1]
        self.input_blocks = ModuleList([_layers.entry(params)])
        self.blocks = ModuleList(
            _layers.conv(params, channels[i], channels[i + 1], 3, strides[i], 2)
            for i in range(len(strides))
        )
        self.heads = ModuleList(_layers.head(channels[-1], self.num_output))


def batches(data, target) -> list:
    """The data in memory: images, targets and boxes of each batch."""
    samples = [data[i] for i in range(len(data))]
    pieces = range(0, len(samples), BATCH)
    return [target.collate_fn(samples[i : i + BATCH]) for i in pieces]


def train(network: Detector, data: list, epochs: int) -> None:
    """Descend the YOLO loss over the batches."""
    loss_fx = obd.YOLOLoss(network.anchors, lambda_noobj=2.0, lambda_obj=2.0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    steps = epochs * len(data)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for index in torch.randperm(len(data)).tolist():
            images, targets, _ = data[index]
            heads, _ = network(images)
            loss, _ = loss_fx(heads, targets)
            optimizer.zero_grad()
            loss.backward()
            network.validate_gradients()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(data):.3f}", flush=True)


def frames(boxes: Tensor) -> list[Tensor]:
    """Detections of every frame of decoded boxes (N, boxes, P, T)."""
    steps = boxes.permute(3, 0, 1, 2).flatten(0, 1)
    return obd.bbox.utils.nms(list(steps), 0.1, 0.4)


def score(network: Detector, data: list) -> float:
    """Mean average precision over all frames."""
    network.eval()
    found, wanted = [], []
    with torch.no_grad():
        for images, _, boxes in data:
            found += frames(network(images)[0])
            wanted += [box for step in boxes for box in step]
    return float(obd.bbox.metrics.mean_average_precision(found, wanted, 0.5)[0])


def save_picture(network: Detector, images: Tensor, boxes: list, path: Path) -> None:
    """The first sequence's last frame: detections left, truth right."""
    with torch.no_grad():
        found = obd.bbox.utils.nms(list(network(images)[0][..., -1]), 0.3, 0.4)
    large = torch.nn.functional.interpolate(images[..., -1], scale_factor=4)
    classes = obd.dataset.SyntheticShapes.classes
    colours = [(255, 160, 0), (0, 200, 255), (200, 255, 0)]
    frames = obd.bbox.utils.create_frames(
        large[..., None], [boxes[-1]], [found], classes, 0, colours
    )
    frames[0].save(path)


def same_natively(network: Detector, images: Tensor, path: Path) -> bool:
    """Whether the file gives the trainer's bits, and decodes to its boxes."""
    from lava.lib.dl import netx
    from lava.lib.dl.netx import detection

    network.eval()
    with torch.no_grad():
        x = network.prepared(images)
        head = x
        for layer in network.blocks_in_order():
            head = layer(head)
        boxes = network(images)[0].numpy()
    native = np.asarray(netx.load(path)(x.numpy(), layout="chw"))
    decoded = detection.decode(native.reshape(head.shape), network.anchors[0].numpy())
    close = np.allclose(decoded, boxes, rtol=1e-4, atol=1e-6)
    return bool(np.array_equal(native.ravel(), head.numpy().ravel()) and close)


def main() -> int:
    """Train, score, export, compare and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    start = time.perf_counter()
    shapes = obd.dataset.SyntheticShapes
    network = Detector(len(shapes.classes))
    network.init_model((*SIZE, 3))
    target = obd.YOLOtarget(network.anchors, network.scale, network.num_classes)
    train(network, batches(shapes(SAMPLES, SIZE, STEPS), target), EPOCHS)
    held_out = batches(shapes(TESTS, SIZE, STEPS, train=False), target)
    reached = score(network, held_out)
    minutes = (time.perf_counter() - start) / 60
    print(f"synthetic mAP@0.5 {reached:.3f} after {minutes:.1f} minutes")
    path = options.out / "detector.net"
    network.export_hdf5(path)
    images, _, boxes = held_out[0]
    save_picture(network, images, boxes, options.out / "detections.png")
    same = same_natively(network, images[:4], path)
    print(f"{path}: native outputs {'equal' if same else 'differ'}")
    return 0 if same and reached >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
