"""A small network for handwritten digits, whose weights come with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer.block import cuba
from lava.lib.dl.slayer.models._network import Network

NEURON: dict[str, Any] = {
    "threshold": 1.25,
    "current_decay": 0.25,
    "voltage_decay": 0.03,
    "tau_grad": 0.1,
    "scale_grad": 3,
}
BRIGHTEST = 16
STEPS = 24


def digits_events(images: Tensor, steps: int = STEPS) -> Tensor:
    """Turns images into evenly spaced spikes whose rate is the brightness.

    Args:
        images: Brightness from 0 to 16, shape (N, 8, 8), as scikit-learn's
            ``load_digits`` has it.
        steps: Time steps; the brightest pixels spike in every second one.

    Returns:
        Events of 0 and 1, shape (N, 1, 8, 8, steps), float32.
    """
    phase = torch.arange(steps + 1, device=images.device) * images[:, None, ..., None]
    return (phase / (2 * BRIGHTEST)).floor().diff(dim=-1).float()


def digits_mlp(
    hidden: int = 128, classes: int = 10, pretrained: bool = False, **neuron: Any
) -> Network:
    """Dense network with axonal delays for scikit-learn's handwritten digits.

    The weights that come with the package classify 349 of the 360 digits that were held
    out from their training; ``tutorials/digits/train.py`` trained them.

    Args:
        hidden: Neurons of the hidden layer; events are of shape (N, 1, 8, 8, T), see
            :func:`digits_events`.
        classes: Number of classes.
        pretrained: Load the weights that come with the package.
        neuron: Changes of the neurons' parameters.

    Raises:
        RuntimeError: ``pretrained`` weights are of other sizes.
    """
    parameters = {**NEURON, **neuron}
    first = cuba.Dense(parameters, 64, hidden, weight_norm=True, delay=True)
    last = cuba.Dense(parameters, hidden, classes, weight_norm=True)
    net = Network([cuba.Flatten(), first, last])
    if pretrained:
        with files(__package__).joinpath("digits_mlp.pt").open("rb") as file:
            net.load_state_dict(torch.load(file, weights_only=True))
    return net
