"""Base of YOLO networks: anchors, reading of the heads, set-up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ._target import Anchors

ANCHORS = [
    [(0.28, 0.22), (0.38, 0.48), (0.90, 0.78)],
    [(0.07, 0.15), (0.15, 0.11), (0.14, 0.29)],
    [(0.02, 0.03), (0.04, 0.07), (0.08, 0.06)],
]


class YOLOBase(torch.nn.Module):
    """What all YOLO networks share.

    A subclass's ``forward`` returns, in training, the list of ``yolo_raw`` of its
    heads and the event counts; otherwise ``yolo`` of its heads, joined, and the counts.

    Args:
        num_classes: Number of classes.
        anchors: Width and height of each anchor of each head (heads, anchors, 2).
        clamp_max: Bound of the log of a box's size over its anchor's.
    """

    anchors: Tensor

    def __init__(
        self, num_classes: int = 20, anchors: Anchors = ANCHORS, clamp_max: float = 5.0
    ) -> None:
        super().__init__()
        sizes = torch.as_tensor(anchors, dtype=torch.float32)
        if sizes.ndim != 3 or sizes.shape[-1] != 2:
            raise ValueError(
                f"anchors have shape {tuple(sizes.shape)}; give (heads, anchors, 2): "
                "width and height of equally many anchors for each head."
            )
        self.register_buffer("anchors", sizes.detach().clone())
        self.num_scales, self.num_anchors = sizes.shape[:2]
        self.num_classes = num_classes
        self.num_output = self.num_anchors * (5 + num_classes)
        self.clamp_max = clamp_max
        self.scale: list[torch.Size] | None = None

    def yolo_raw(self, x: Tensor) -> Tensor:
        """A head's output split by anchor.

        Args:
            x: Head (N, anchors * P, H, W, T) with P = 5 + classes.

        Returns:
            The same values as (N, anchors, H, W, P, T).
        """
        n, _, height, width, steps = x.shape
        split = x.reshape(n, self.num_anchors, -1, height, width, steps)
        return split.permute(0, 1, 3, 4, 2, 5)

    def yolo(self, x: Tensor, anchors: Tensor) -> Tensor:
        """Boxes a head sees.

        Args:
            x: Head as ``yolo_raw`` gives it (N, anchors, H, W, P, T).
            anchors: The head's anchors (anchors, 2), in cells.

        Returns:
            Boxes (N, anchors * H * W, P, T): x, y, width, height as fractions of the
            frame, objectness, class probabilities.

        Raises:
            RuntimeError: A value is infinite or not a number.
        """
        n, count, height, width, fields, steps = x.shape
        grid = _grid(height, width, x)
        extent = x.new_tensor([width, height]).reshape(2, 1)
        size = anchors.to(x).reshape(1, count, 1, 1, 2, 1)
        clamped = x[..., 2:4, :].clamp(max=self.clamp_max)
        parts = (
            (x[..., :2, :].sigmoid() + grid) / extent,
            clamped.exp() * size / extent,
            x[..., 4:5, :].sigmoid(),
            x[..., 5:, :].softmax(dim=-2),
        )
        boxes = torch.cat(parts, dim=-2)
        if not boxes.isfinite().all():
            raise RuntimeError(
                f"a head of {width} x {height} cells gives values that are not finite "
                f"(raw values from {x.min():g} to {x.max():g}); lower the learning "
                "rate or clip the gradients."
            )
        return boxes.reshape(n, count * height * width, fields, steps)

    def init_model(self, input_dim: tuple[int, int, int] = (448, 448, 3)) -> None:
        """Run a random frame, which fixes every layer's shape and ``scale``.

        Args:
            input_dim: Height, width and channels of a frame.
        """
        height, width, channels = input_dim
        device = self.anchors.device
        frame = torch.rand(1, channels, height, width, 1, device=device)
        was_training = self.training
        # Only this module's flag: the layers below keep their mode and statistics.
        self.training = True
        try:
            with torch.no_grad():
                heads = self(frame)[0]
        finally:
            self.training = was_training
        self.scale = [torch.Size((head.shape[3], head.shape[2])) for head in heads]

    def validate_gradients(self) -> None:
        """Drop all gradients if any holds a value that is not finite."""
        gradients = (p.grad for p in self.parameters() if p.grad is not None)
        if not all(gradient.isfinite().all() for gradient in gradients):
            self.zero_grad()

    def joined(self, heads: Sequence[Tensor]) -> Tensor:
        """Boxes (N, boxes, P, T) of all raw heads."""
        return torch.cat(
            [self.yolo(h, a) for h, a in zip(heads, self.anchors, strict=True)], dim=1
        )


def _grid(height: int, width: int, like: Tensor) -> Tensor:
    """Column and row of every cell (H, W, 2, 1)."""
    columns = torch.arange(width, device=like.device).expand(height, width)
    rows = torch.arange(height, device=like.device)[:, None].expand(height, width)
    return torch.stack([columns, rows], dim=-1)[..., None].to(like)
