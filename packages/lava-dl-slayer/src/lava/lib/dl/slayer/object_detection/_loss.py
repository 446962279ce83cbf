"""Loss of a YOLO detector."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ._target import Anchors
from .boundingbox._overlap import bbox_ciou


class YOLOLoss(torch.nn.Module):
    """Loss of raw heads against targets laid out by ``YOLOtarget``.

    For each step and head, with p the head, t the target and a the anchors, over the
    cells that answer for a box (obj) and those that answer for none (noobj):

    - coord: squared error of (sigmoid(p_xy), p_wh) against (t_xy, log(t_wh / a));
    - obj: cross entropy of p_conf with 1 - alpha_iou + alpha_iou * CIoU;
    - noobj: cross entropy of p_conf with 0;
    - cls: cross entropy of the class scores;
    - iou: (1 - CIoU)^2.

    Args:
        anchors: Width and height of each anchor of each head (heads, anchors, 2).
        lambda_coord: Weight of coord.
        lambda_noobj: Weight of noobj.
        lambda_obj: Weight of obj.
        lambda_cls: Weight of cls.
        lambda_iou: Weight of iou.
        alpha_iou: How much of the wanted confidence depends on the overlap.
        startup_samples: Kept for scripts; has no effect.
        label_smoothing: Smoothing of the class labels.
        upstream_ciou: Use the overlap the networks published with lava-dl 0.6 were
            trained with (see ``bbox_ciou``).
    """

    anchors: Tensor

    def __init__(
        self,
        anchors: Anchors,
        lambda_coord: float = 1.0,
        lambda_noobj: float = 10.0,
        lambda_obj: float = 5.0,
        lambda_cls: float = 1.0,
        lambda_iou: float = 1.0,
        alpha_iou: float = 0.25,
        startup_samples: int = 10000,
        label_smoothing: float = 0.1,
        upstream_ciou: bool = False,
    ) -> None:
        super().__init__()
        anchors = torch.as_tensor(anchors, dtype=torch.float32)
        self.register_buffer("anchors", anchors.detach().clone())
        self.lambda_coord = lambda_coord
        self.lambda_noobj = lambda_noobj
        self.lambda_obj = lambda_obj
        self.lambda_cls = lambda_cls
        self.lambda_iou = lambda_iou
        self.alpha_iou = alpha_iou
        self.startup_samples = startup_samples
        self.label_smoothing = label_smoothing
        self.upstream_ciou = upstream_ciou
        self.samples = 0

    def forward(
        self, predictions: Sequence[Tensor], targets: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Loss of a batch.

        Args:
            predictions: Raw heads (N, anchors, H, W, 5 + classes, T).
            targets: Targets (N, anchors, H, W, 6, T).

        Returns:
            The loss, summed over steps and heads; and its weighted parts coord, obj,
            noobj, cls, iou (5,). A part no cell speaks to is 0.
        """
        self.samples += len(predictions[0])
        parts = [
            self.forward_scale(p, t.to(p.device), anchors)
            for head, target, anchors in zip(
                predictions, targets, self.anchors, strict=True
            )
            for p, t in zip(head.unbind(-1), target.unbind(-1), strict=True)
        ]
        total = torch.stack(parts).sum(0)
        return total.sum(), total

    def forward_scale(
        self, predictions: Tensor, targets: Tensor, anchors: Tensor
    ) -> Tensor:
        """Weighted parts of the loss of one head at one step.

        Args:
            predictions: Raw head (N, anchors, H, W, 5 + classes).
            targets: Target (N, anchors, H, W, 6).
            anchors: The head's anchors (anchors, 2).

        Returns:
            coord, obj, noobj, cls, iou (5,).
        """
        answers, silent = targets[..., 4] == 1, targets[..., 4] == 0
        unwanted = predictions[silent][:, 4]
        none = predictions.new_zeros(())
        noobj = (
            _cross_entropy(unwanted, none.expand_as(unwanted))
            if len(unwanted)
            else none
        )
        coord, obj, cls, iou = none, none, none, none
        if answers.any():
            sizes = anchors.reshape(1, -1, 1, 1, 2).expand(*answers.shape, 2)
            cells = predictions[answers], targets[answers], sizes[answers]
            coord, obj, cls, iou = self._answers(*cells)
        return torch.stack(
            [
                self.lambda_coord * coord,
                self.lambda_obj * obj,
                self.lambda_noobj * noobj,
                self.lambda_cls * cls,
                self.lambda_iou * iou,
            ]
        )

    def _answers(
        self, raw: Tensor, target: Tensor, sizes: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """coord, obj, cls and iou over the cells that answer for a box (n, ...)."""
        place, scale = raw[:, :2].sigmoid(), raw[:, 2:4]
        boxes = torch.cat([place, scale.exp() * sizes], dim=1)
        overlap = bbox_ciou(boxes, target[:, :4], upstream=self.upstream_ciou)
        objectness = 1 - self.alpha_iou + self.alpha_iou * overlap.detach().clamp(min=0)
        size = torch.log(target[:, 2:4] / sizes + 1e-16)
        coord = functional.mse_loss(
            torch.cat([place, scale], dim=1), torch.cat([target[:, :2], size], dim=1)
        )
        labels = target[:, 5].long()
        cls = functional.cross_entropy(
            raw[:, 5:], labels, label_smoothing=self.label_smoothing
        )
        return (
            coord,
            _cross_entropy(raw[:, 4], objectness),
            cls,
            ((1 - overlap) ** 2).mean(),
        )


_cross_entropy = functional.binary_cross_entropy_with_logits
