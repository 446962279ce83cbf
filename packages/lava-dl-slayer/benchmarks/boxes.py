"""Overlap, suppression and scoring of 1,000 boxes beside plain vectorised code.

torchvision's operators run in the same rounds where it can be imported.
"""

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


def of_torchvision(a, b, raw):
    """Its overlap and its suppression, which is greedy; corners are made beforehand."""
    try:
        from torchvision import ops
    except (ImportError, RuntimeError) as error:
        print(f"torchvision: left out ({error})")
        return {}
    corners = obd.bbox.utils.xywh_to_xxyy([a[:, :4], b[:, :4], raw[:, :4]])
    score, label = raw[:, 5:].max(1)
    score = score * raw[:, 4]
    return {
        "IoU": lambda: ops.box_iou(*corners[:2]),
        "NMS": lambda: ops.batched_nms(corners[2], score, label, 0.4),
    }


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
    # The plain score is its matching alone, without ranking and area.
    contenders = {
        "ours": {
            "IoU": lambda: box.metrics.bbox_iou(a, b),
            "NMS": lambda: box.utils.nms([raw], 0.0),
            "mAP": lambda: box.metrics.mean_average_precision([a], [b]),
        },
        "plain": {
            "IoU": lambda: plain_iou(a, b),
            "NMS": lambda: plain_nms(raw),
            "mAP": lambda: plain_hits(a, b),
        },
        "torchvision": of_torchvision(a, b, raw),
    }
    for task in contenders["ours"]:
        calls = {name: all_[task] for name, all_ in contenders.items() if task in all_}
        rounds = [[seconds(call) for call in calls.values()] for _ in range(ROUNDS)]
        ours, *others = (min(times) for times in zip(*rounds, strict=True))
        for name, theirs in zip([*calls][1:], others, strict=True):
            ratio = theirs / ours
            print(f"{task}: {ratio:.2f} times as fast as {name} ({COUNT} boxes)")


if __name__ == "__main__":
    main()
