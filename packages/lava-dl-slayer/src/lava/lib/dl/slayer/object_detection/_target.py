"""What a YOLO head should say: boxes laid out on its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .boundingbox._annotations import tensor_from_annotation
from .boundingbox._overlap import wh_iou

Anchors = Sequence[Sequence[Sequence[float]]] | Tensor
_IGNORED = -1


class YOLOtarget:
    """Lays true boxes out on the grids of the heads.

    The best anchor of each head answers for a box: its cell gets the place in the
    cell, the size in cells, confidence 1 and the class. The cell's other anchors are
    marked -1, to be left out of the loss.

    Args:
        anchors: Width and height of each anchor of each head (heads, anchors, 2).
        scales: Width and height of each head's grid.
        num_classes: Number of classes.
        ignore_iou_thres: An anchor another box has marked stays as it is if it
            overlaps the box by more than this.

    Raises:
        RuntimeError: There are not as many scales as rows of anchors.
    """

    def __init__(
        self,
        anchors: Anchors,
        scales: Sequence[tuple[int, int]],
        num_classes: int,
        ignore_iou_thres: float = 0.5,
    ) -> None:
        if len(anchors) != len(scales):
            raise RuntimeError(
                f"anchors are for {len(anchors)} heads, scales for {len(scales)}; "
                "give one row of anchors for each scale."
            )
        self.anchors = torch.as_tensor(anchors, dtype=torch.float32).cpu()
        self.scales = scales
        self.num_classes = num_classes
        self.ignore_iou_thres = ignore_iou_thres
        self.num_scales, self.num_anchors = self.anchors.shape[:2]
        self.flat_anchors = self.anchors.reshape(-1, 2)

    def forward(self, targets: Tensor) -> list[Tensor]:
        """Targets of one frame.

        Args:
            targets: Boxes (n, 6), the most important first: x, y, width, height (of
                the frame), confidence, class.

        Returns:
            For each scale (anchors, H, W, 6): x and y in the cell, width and height
            in cells, confidence (1, 0 or -1), class.
        """
        grids = [
            np.zeros((self.num_anchors, height, width, 6), np.float32)
            for width, height in self.scales
        ]
        boxes = targets.detach().cpu().reshape(-1, 6)
        overlap = wh_iou(boxes[:, 2:4], self.flat_anchors)
        order = torch.argsort(overlap, dim=1, descending=True, stable=True)
        for box, ious, ranks in zip(
            boxes.numpy(), overlap.tolist(), order.tolist(), strict=True
        ):
            self._place(grids, box, ious, ranks)
        return [torch.from_numpy(grid) for grid in grids]

    __call__ = forward

    def _place(
        self,
        grids: list[NDArray[np.float32]],
        box: NDArray[np.float32],
        ious: list[float],
        ranks: list[int],
    ) -> None:
        answered = [False] * self.num_scales
        cells = [_cell(box, scale) for scale in self.scales]
        for rank in ranks:
            scale, anchor = divmod(rank, self.num_anchors)
            row, column, values = cells[scale]
            entry = grids[scale][anchor, row, column]
            taken = entry[4] != 0
            if not taken and not answered[scale]:
                entry[:] = values
                answered[scale] = True
            elif entry[4] != 1 and not (taken and ious[rank] > self.ignore_iou_thres):
                entry[4] = _IGNORED

    def collate_fn(
        self, batch: Sequence[tuple[Tensor, Sequence[Mapping[str, Any]]]]
    ) -> tuple[Tensor, list[Tensor], list[list[Tensor]]]:
        """Batch of a data set, as ``torch.utils.data.DataLoader`` wants it.

        Args:
            batch: Samples: an image sequence (C, H, W, T) and its T annotations.

        Returns:
            Images (N, C, H, W, T); for each scale targets (N, anchors, H, W, 6, T);
            boxes (n, 6), by time and then by sample.
        """
        images = torch.stack([image for image, _ in batch])
        steps = range(images.shape[-1])
        boxes = [
            [tensor_from_annotation(annotations[t]) for _, annotations in batch]
            for t in steps
        ]
        laid = [[self.forward(frame) for frame in frames] for frames in boxes]
        targets = [
            torch.stack([torch.stack([f[s] for f in frames]) for frames in laid], -1)
            for s in range(self.num_scales)
        ]
        return images, targets, boxes


def _cell(
    box: NDArray[np.float32], scale: tuple[int, int]
) -> tuple[int, int, NDArray[np.float32]]:
    """Row and column of a box's cell, and what belongs there."""
    width, height = scale
    x, y = box[0] * width, box[1] * height
    # The last cell owns the frame's far edge.
    column = min(max(int(x), 0), width - 1)
    row = min(max(int(y), 0), height - 1)
    w, h = box[2] * width, box[3] * height
    return row, column, np.array([x - column, y - row, w, h, 1, box[5]], np.float32)
