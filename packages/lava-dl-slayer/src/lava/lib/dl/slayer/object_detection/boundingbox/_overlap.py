"""Intersection over union of boxes, plain and complete."""

from __future__ import annotations

import math

import torch
from torch import Tensor

EPS = 1e-10


def _columns(name: str, boxes: Tensor, least: int) -> tuple[Tensor, ...]:
    """The first columns of a list of boxes, each contiguous, after a check."""
    if boxes.ndim == 0 or boxes.shape[-1] < least:
        raise ValueError(
            f"{name} has shape {tuple(boxes.shape)}; its last axis needs at least "
            f"{least} columns."
        )
    columns = boxes.reshape(-1, boxes.shape[-1])[:, :least].t().contiguous()
    return columns.unbind()


def _common(
    centre1: Tensor, size1: Tensor, centre2: Tensor, size2: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Edges of two extents along one axis: low and high of each."""
    half1, half2 = size1 / 2, size2 / 2
    return centre1 - half1, centre1 + half1, centre2 - half2, centre2 + half2


def _overlap(centre1: Tensor, size1: Tensor, centre2: Tensor, size2: Tensor) -> Tensor:
    """Length shared by every pair of extents along one axis."""
    low1, high1, low2, high2 = _common(centre1, size1, centre2, size2)
    high = torch.minimum(high1[:, None], high2)
    return high.sub_(torch.maximum(low1[:, None], low2)).clamp_(min=0)


def bbox_iou(bbox1: Tensor, bbox2: Tensor) -> Tensor:
    """Intersection over union of every pair of boxes, I / (A1 + A2 - I).

    Args:
        bbox1: Boxes (..., 4 or more): x and y of the centre, width, height.
        bbox2: As ``bbox1``.

    Returns:
        Overlap, of shape ``bbox1.shape[:-1] + bbox2.shape[:-1]``.

    Raises:
        ValueError: A last axis has fewer than four columns.
    """
    x1, y1, w1, h1 = _columns("bbox1", bbox1, 4)
    x2, y2, w2, h2 = _columns("bbox2", bbox2, 4)
    shared = _overlap(x1, w1, x2, w2) * _overlap(y1, h1, y2, h2)
    union = ((w1 * h1)[:, None] + (w2 * h2)).sub_(shared).add_(EPS)
    return (shared / union).reshape(bbox1.shape[:-1] + bbox2.shape[:-1])


def wh_iou(bbox1: Tensor, bbox2: Tensor) -> Tensor:
    """Intersection over union of every pair of boxes put on one centre.

    Args:
        bbox1: Widths and heights (n, 2).
        bbox2: Widths and heights (m, 2).

    Returns:
        Overlap (n, m).
    """
    w1, h1 = _columns("bbox1", bbox1, 2)
    w2, h2 = _columns("bbox2", bbox2, 2)
    shared = torch.minimum(w1[:, None], w2) * torch.minimum(h1[:, None], h2)
    return shared / ((w1 * h1)[:, None] + w2 * h2 - shared + EPS)


def bbox_ciou(bbox1: Tensor, bbox2: Tensor, upstream: bool = False) -> Tensor:
    r"""Complete intersection over union of boxes taken one by one.

    .. math::
        \mathrm{CIoU} = \mathrm{IoU} - \frac{\rho^2}{c^2} - \alpha v,\quad
        v = \tfrac{4}{\pi^2}\left(\arctan\tfrac{w_1}{h_1}
            - \arctan\tfrac{w_2}{h_2}\right)^2,\quad
        \alpha = \frac{v}{1 - \mathrm{IoU} + v}

    with rho the distance of the centres and c the diagonal of the box around both
    (Zheng et al., Distance-IoU Loss, AAAI 2020). No gradient flows through alpha.

    Args:
        bbox1: Boxes (..., 4 or more): x and y of the centre, width, height.
        bbox2: As many boxes.
        upstream: Take for rho half the distance of the far corners, as the networks
            published with lava-dl 0.6 were trained.

    Returns:
        Complete overlap (n,).

    Raises:
        ValueError: The two lists do not hold equally many boxes.
    """
    x1, y1, w1, h1 = _columns("bbox1", bbox1, 4)
    x2, y2, w2, h2 = _columns("bbox2", bbox2, 4)
    if len(x1) != len(x2):
        raise ValueError(f"bbox1 holds {len(x1)} boxes, bbox2 {len(x2)}; pair them.")
    across, down = _common(x1, w1, x2, w2), _common(y1, h1, y2, h2)
    (shared_x, around_x), (shared_y, around_y) = _spans(*across), _spans(*down)
    shared = shared_x * shared_y
    iou = shared / (w1 * h1 + w2 * h2 - shared + EPS)
    offsets = [
        (high2 - high1) if upstream else (high2 + low2 - high1 - low1)
        for low1, high1, low2, high2 in (across, down)
    ]
    distance = (offsets[0] ** 2 + offsets[1] ** 2) / 4
    diagonal = around_x**2 + around_y**2 + EPS
    aspect = torch.atan(w1 / (h1 + EPS)) - torch.atan(w2 / (h2 + EPS))
    v = 4 / math.pi**2 * aspect**2
    alpha = (v / (1 - iou + v + EPS)).detach()
    return iou - distance / diagonal - alpha * v


def _spans(
    low1: Tensor, high1: Tensor, low2: Tensor, high2: Tensor
) -> tuple[Tensor, Tensor]:
    """Lengths shared by and around paired extents."""
    shared = (torch.minimum(high1, high2) - torch.maximum(low1, low2)).clamp(min=0)
    return shared, torch.maximum(high1, high2) - torch.minimum(low1, low2)
