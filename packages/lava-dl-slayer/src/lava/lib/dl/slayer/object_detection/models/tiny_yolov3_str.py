"""Tiny YOLOv3 with strided convolutions, of sigma-delta blocks and two heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import ModuleList

from lava.lib.dl import spec

from .._base import ANCHORS
from .._target import Anchors
from . import _layers
from ._detector import Detector

__all__ = ["Network"]

# Input and output channels, kernel, stride, weight scale of each block.
_BACKEND = [
    (3, 16, 3, 2, 1),
    (16, 32, 3, 2, 1),
    (32, 64, 3, 2, 1),
    (64, 128, 3, 2, 3),
    (128, 256, 3, 1, 3),
]
_HEAD1_BACKEND = [
    (256, 256, 3, 2, 1),
    (256, 512, 3, 1, 1),
    (512, 1024, 3, 1, 1),
    (1024, 256, 1, 1, 1),
]


class Network(Detector):
    """Tiny YOLOv3 for images (N, 3, H, W, T), its grids 32 and 16 times coarser.

    Args:
        num_classes: Number of classes.
        anchors: Width and height of each anchor of each head (2, anchors, 2).
        threshold: Threshold of the sigma-delta neurons.
        tau_grad: Width of the surrogate gradient.
        scale_grad: Height of the surrogate gradient.
        clamp_max: Bound of the log of a box's size over its anchor's.

    Attributes:
        head_layers: Index of each head in the exported file.
    """

    head_layers = (11, 17)

    def __init__(
        self,
        num_classes: int = 80,
        anchors: Anchors = ANCHORS[:2],
        threshold: float = 0.1,
        tau_grad: float = 0.1,
        scale_grad: float = 0.1,
        clamp_max: float = 5.0,
    ) -> None:
        super().__init__(num_classes, anchors, clamp_max)
        params = _layers.sigma_delta_params(threshold, tau_grad, scale_grad)

        def conv(*layer: int) -> torch.nn.Module:
            return _layers.conv(params, *layer)

        self.input_blocks = ModuleList([_layers.entry(params)])
        self.backend_blocks = ModuleList([conv(*layer) for layer in _BACKEND])
        self.head1_backend = ModuleList([conv(*layer) for layer in _HEAD1_BACKEND])
        self.head1_blocks = ModuleList(
            [conv(256, 512), *_layers.head(512, self.num_output)]
        )
        self.head2_backend = ModuleList([conv(256, 128, 1), _layers.unpool(params)])
        self.head2_blocks = ModuleList(
            [conv(384, 256), *_layers.head(256, self.num_output)]
        )

    def forward(
        self, input: Tensor, sparsity_monitor: Any = None
    ) -> tuple[list[Tensor] | Tensor, Tensor]:
        """Detect.

        Args:
            input: Images (N, 3, H, W, T), values 0 to 1.
            sparsity_monitor: Its ``append`` is given every block's output.

        Returns:
            In training the raw heads (N, anchors, H, W, P, T), otherwise boxes
            (N, boxes, P, T); and the rate of events of each layer (1, layers).
        """
        rates: list[Tensor] = []
        watched = (rates, sparsity_monitor)
        x = self._run(self.input_blocks, self.normalized(input), rates)
        backend = self._run(self.backend_blocks, x, *watched)
        coarse = self._run(self.head1_backend, backend, *watched)
        head1 = self._run(self.head1_blocks[:1], coarse, *watched)
        head1 = self._run(self.head1_blocks[1:], head1, rates)
        fine = self._run(self.head2_backend, coarse, *watched)
        joined = torch.cat([fine, backend], dim=1)
        head2 = self._run(self.head2_blocks[:1], joined, *watched)
        head2 = self._run(self.head2_blocks[1:], head2, rates)
        return self._answer([head1, head2], rates)

    def to_spec(self) -> spec.Network:
        """The network as it stands in a file: the first head in the middle of it.

        A ``concat`` layer of one source leads on from where the heads part, another
        one joins the finer features.
        """
        groups: list[Any] = [self.input_blocks, self.backend_blocks, self.head1_backend]
        layers = [block.to_spec() for group in groups for block in group]
        shared = len(layers) - 1
        backend = len(self.input_blocks) + len(self.backend_blocks) - 1
        layers += _head(self.head1_blocks)
        layers.append(spec.Concat(layers[shared].shape, np.array([shared])))
        layers += [block.to_spec() for block in self.head2_backend]  # type: ignore[operator]
        fine = len(layers) - 1
        channels = layers[fine].shape[0] + layers[backend].shape[0]
        joined = (channels, *layers[fine].shape[1:])
        layers.append(spec.Concat(joined, np.array([fine, backend])))
        layers += _head(self.head2_blocks)
        return spec.Network(layers)


def _head(blocks: Any) -> list[spec.Layer]:
    conv, synapses, sigma = blocks
    return [conv.to_spec(), _layers.head_to_spec(synapses, sigma)]
