"""YOLO-KP: a detector of sigma-delta blocks small enough for one chip."""

from __future__ import annotations

from torch.nn import ModuleList

from .._base import ANCHORS
from .._target import Anchors
from . import _layers
from ._detector import Chain

__all__ = ["Network"]

# Input and output channels, kernel, stride, weight scale of each block.
LAYERS = [
    (3, 16, 3, 2, 1),
    (16, 32, 3, 2, 1),
    (32, 64, 3, 2, 1),
    (64, 128, 3, 2, 3),
    (128, 256, 3, 1, 3),
    (256, 256, 3, 2, 3),
    (256, 512, 3, 1, 3),
    (512, 256, 1, 1, 3),
    (256, 512, 3, 1, 3),
]


class Network(Chain):
    """YOLO-KP for images (N, 3, H, W, T), its grid 32 times coarser than they.

    Args:
        num_classes: Number of classes.
        anchors: Width and height of each anchor (1, anchors, 2).
        threshold: Threshold of the sigma-delta neurons.
        tau_grad: Width of the surrogate gradient.
        scale_grad: Height of the surrogate gradient.
        clamp_max: Bound of the log of a box's size over its anchor's.
    """

    def __init__(
        self,
        num_classes: int = 80,
        anchors: Anchors = ANCHORS[:1],
        threshold: float = 0.1,
        tau_grad: float = 0.1,
        scale_grad: float = 0.1,
        clamp_max: float = 5.0,
    ) -> None:
        super().__init__(num_classes, anchors, clamp_max)
        params = _layers.sigma_delta_params(threshold, tau_grad, scale_grad)
        self.input_blocks = ModuleList([_layers.entry(params)])
        self.blocks = ModuleList([_layers.conv(params, *layer) for layer in LAYERS])
        self.heads = ModuleList(_layers.head(512, self.num_output))
