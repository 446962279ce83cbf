"""Networks for recordings of event cameras and silicon cochleas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from lava.lib.dl.slayer.block import cuba
from lava.lib.dl.slayer.models._network import Network
from lava.lib.dl.slayer.neuron import Dropout

NEURON: dict[str, Any] = {
    "threshold": 1.25,
    "current_decay": 0.25,
    "voltage_decay": 0.03,
    "tau_grad": 0.03,
    "scale_grad": 3,
    "requires_grad": True,
}
DENSE = {"weight_norm": True, "delay": True}
CONV = {"weight_norm": True, "weight_scale": 2}


def _neuron(neuron: dict[str, Any], dropout: float = 0) -> dict[str, Any]:
    """Parameters of a layer's neurons; a dropout is not shared between layers."""
    drop = {"dropout": Dropout(p=dropout)} if dropout else {}
    return {**NEURON, **neuron, **drop}


def nmnist_mlp(
    inputs: int = 34 * 34 * 2,
    hidden: Sequence[int] = (512, 512),
    classes: int = 10,
    dropout: float = 0.05,
    **neuron: Any,
) -> Network:
    """Dense network with axonal delays for N-MNIST (Shrestha and Orchard, 2018).

    Args:
        inputs: Pixels times polarities; events are of shape (N, inputs, T).
        hidden: Sizes of the hidden layers.
        classes: Number of classes.
        dropout: Share of hidden neurons silenced in training.
        neuron: Changes of the neurons' parameters.
    """
    sizes = [inputs, *hidden]
    layers = [
        cuba.Dense(_neuron(neuron, dropout), n, m, **DENSE) for n, m in pairwise(sizes)
    ]
    last = cuba.Dense(_neuron(neuron), sizes[-1], classes, weight_norm=True)
    return Network([*layers, last])


def nmnist_cnn(
    input_shape: tuple[int, int, int] = (2, 34, 34),
    channels: Sequence[int] = (16, 32, 64),
    classes: int = 10,
    **neuron: Any,
) -> Network:
    """Convolutions of stride 2 and a read-out for N-MNIST.

    Args:
        input_shape: Polarities, height, width; events are of shape ``(N, *shape, T)``.
        channels: Of the convolutions, each of which halves the image.
        classes: Number of classes.
        neuron: Changes of the neurons' parameters.
    """
    return _convolutional(input_shape, channels, classes, (), neuron)


def dvs_gesture_cnn(
    input_shape: tuple[int, int, int] = (2, 128, 128),
    channels: Sequence[int] = (16, 32),
    hidden: int = 512,
    classes: int = 11,
    **neuron: Any,
) -> Network:
    """Pools, convolutions and two dense layers for the DVS gestures.

    After Shrestha and Orchard (2018): the image is pooled by 4 at first.

    Args:
        input_shape: Polarities, height, width; events are of shape ``(N, *shape, T)``.
        channels: Of the convolutions, each of which halves the image.
        hidden: Size of the hidden dense layer.
        classes: Number of gestures.
        neuron: Changes of the neurons' parameters.
    """
    return _convolutional(input_shape, channels, classes, (hidden,), neuron, pool=4)


def _convolutional(
    shape: tuple[int, int, int],
    channels: Sequence[int],
    classes: int,
    hidden: Sequence[int],
    neuron: dict[str, Any],
    pool: int = 1,
) -> Network:
    """Perhaps a pool, then convolutions, then dense layers."""
    count, *size = shape
    blocks: list[Any] = []
    if pool > 1:
        blocks.append(cuba.Pool(_neuron(neuron), pool, weight_scale=1.25))
        size = [side // pool for side in size]
    for outputs in channels:
        blocks.append(
            cuba.Conv(_neuron(neuron), count, outputs, 3, stride=2, padding=1, **CONV)
        )
        count, size = outputs, [(side + 1) // 2 for side in size]
    sizes = [count * math.prod(size), *hidden, classes]
    blocks.append(cuba.Flatten())
    for n, m in pairwise(sizes):
        blocks.append(cuba.Dense(_neuron(neuron), n, m, weight_norm=True))
    return Network(blocks)


def shd_recurrent(
    inputs: int = 700,
    hidden: Sequence[int] = (128, 128),
    classes: int = 20,
    **neuron: Any,
) -> Network:
    """Recurrent layers with learnt delays and a read-out for spoken digits (SHD).

    The read-out is a membrane that doesn't spike: train it with ``loss.Membrane``.

    Args:
        inputs: Channels of the cochlea; events are of shape (N, inputs, T).
        hidden: Sizes of the recurrent layers.
        classes: Number of words.
        neuron: Changes of the neurons' parameters.
    """
    sizes = [inputs, *hidden]
    layers = [
        cuba.Recurrent(_neuron(neuron), n, m, weight_scale=2, delay=True)
        for n, m in pairwise(sizes)
    ]
    return Network([*layers, cuba.Affine(_neuron(neuron), sizes[-1], classes)])
