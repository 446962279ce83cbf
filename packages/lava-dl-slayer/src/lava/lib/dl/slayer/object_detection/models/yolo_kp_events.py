"""YOLO-KP for events: two CUBA blocks, then sigma-delta blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import ModuleList

from lava.lib.dl.slayer.block import cuba

from .._base import ANCHORS
from .._target import Anchors
from . import _layers
from ._detector import Chain
from .yolo_kp import LAYERS

__all__ = ["Network"]

CUBA = {
    "threshold": 0.1,
    "current_decay": 1,
    "voltage_decay": 0.1,
    "tau_grad": 0.1,
    "scale_grad": 15,
}


class Network(Chain):
    """YOLO-KP for events (N, 2, H, W, T), its grid 32 times coarser than they.

    Args:
        num_classes: Number of classes.
        anchors: Width and height of each anchor (1, anchors, 2).
        threshold: Threshold of the sigma-delta neurons.
        tau_grad: Width of the surrogate gradient.
        scale_grad: Height of the surrogate gradient.
        clamp_max: Bound of the log of a box's size over its anchor's.
        cuba_params: Parameters of the CUBA neurons of the first two blocks.
    """

    def __init__(
        self,
        num_classes: int = 80,
        anchors: Anchors = ANCHORS[:1],
        threshold: float = 0.1,
        tau_grad: float = 0.1,
        scale_grad: float = 0.1,
        clamp_max: float = 5.0,
        cuba_params: Mapping[str, Any] = CUBA,
    ) -> None:
        super().__init__(num_classes, anchors, clamp_max)
        params = _layers.sigma_delta_params(threshold, tau_grad, scale_grad)
        spiking = [
            _layers.conv(cuba_params, *channels, stride=2, weight_scale=3, family=cuba)
            for channels in ((2, 16), (16, 32))
        ]
        graded = [_layers.conv(params, *layer) for layer in LAYERS[2:]]
        self.input_blocks = ModuleList()
        self.blocks = ModuleList([*spiking, *graded])
        self.heads = ModuleList(_layers.head(512, self.num_output))

    def init_model(self, input_dim: tuple[int, int, int] = (448, 448, 2)) -> None:
        """Run a random frame, which fixes every layer's shape and ``scale``."""
        super().init_model(input_dim)

    def prepared(self, input: Tensor) -> Tensor:
        """Events go in as they are."""
        return input
