"""Overlap, suppression and scoring of 1,000 boxes beside plain vectorised code."""

import time

import torch

import lava.lib.dl.slayer.object_detection as obd

COUNT, ROUNDS = 1000, 15


def plain_iou(a, b):
    """Corners broadcast against corners, as torchvision's box_iou has it."""
    low = torch.maximum((a[:, :2] - a[:, 2:4] / 2)[:, None], b[:, :2] - b[:, 2:4] / 2)
    high = torch.minimum((a[:, :2] + a[:, 2:4] / 2)[:, None], b[:, :2] + b[:, 2:4] / 2)
    sides = (high - low).clamp(min=0)
    shared = sides[..., 0] * sides[..., 1]
    return shared / ((a[:, 2] * a[:, 3])[:, None] + b[:, 2] * b[:, 3] - shared)


def plain_nms(raw):
    """Every pair at once."""
    score, label = raw[:, 5:].max(1)
    order = (raw[:, 4] * score).argsort(descending=True)
    boxes, label = raw[order], label[order]
    close = (plain_iou(boxes, boxes) > 0.4) & (label[:, None] == label)
    return boxes[~close.tril(-1).any(1)]


def plain_hits(output, target):
    """Best target of the class, for each detection."""
    same = output[:, 5:6] == target[:, 5]
    return (plain_iou(output, target) * same).max(1)


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    a, b = torch.rand(2, COUNT, 6)
    a[:, 5], b[:, 5] = (a[:, 5] * 5).floor(), (b[:, 5] * 5).floor()
    raw = torch.rand(COUNT, 10)
    box = obd.bbox
    pairs = {
        "IoU": (lambda: box.metrics.bbox_iou(a, b), lambda: plain_iou(a, b)),
        "NMS": (lambda: box.utils.nms([raw], 0.0), lambda: plain_nms(raw)),
        "mAP": (
            lambda: box.metrics.mean_average_precision([a], [b]),
            lambda: plain_hits(a, b),
        ),
    }
    for name, calls in pairs.items():
        rounds = [[seconds(call) for call in calls] for _ in range(ROUNDS)]
        ours, plain = (min(times) for times in zip(*rounds, strict=True))
        print(f"{name}: {plain / ours:.2f} times as fast as plain ({COUNT} boxes)")


if __name__ == "__main__":
    main()
