"""How each network is trained: loss, optimizer and its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer.classifier import Membrane as MembraneClassifier
from lava.lib.dl.slayer.classifier import Rate
from lava.lib.dl.slayer.loss import Membrane, SpikeRate
from lava.lib.dl.slayer.models import _digits, _driving, _events
from lava.lib.dl.slayer.utils import Assistant, LearningStats, parameter_groups

Optimizer = Callable[..., torch.optim.Optimizer]


@dataclass(frozen=True)
class Recipe:
    """What trains a network.

    Attributes:
        make: The function that makes it.
        loss: Makes the loss.
        classifier: Classes of an output; None where there are none.
        optimizer: Class of the optimizer.
        lr: Learning rate of the weights.
        batch: Samples of a batch.
        epochs: Passes through the data.
    """

    make: Callable[..., torch.nn.Module]
    loss: Callable[[], Callable[..., Tensor]]
    classifier: Callable[[Tensor], Tensor] | None
    optimizer: Optimizer = torch.optim.Adam
    lr: float = 0.001
    batch: int = 32
    epochs: int = 100


def _rate() -> SpikeRate:
    return SpikeRate(true_rate=0.2, false_rate=0.03, reduction="sum")


def _steering() -> Callable[..., Tensor]:
    return steering_error


def steering_error(output: Tensor, angle: Tensor) -> Tensor:
    """Mean squared error of the angles that a network puts out.

    Args:
        output: Shape (N, 1, T).
        angle: Shape (N, T), or (N,) for that of the last step alone.
    """
    predicted_angle = output.flatten(1, -2)[:, 0]
    if angle.ndim == 1:
        predicted_angle = predicted_angle[:, -1]
    return torch.nn.functional.mse_loss(predicted_angle, angle)


def _membrane() -> Membrane:
    return Membrane("max", reduction="mean")


RECIPES = {
    "digits_mlp": Recipe(
        _digits.digits_mlp, _rate, Rate.predict, lr=0.003, batch=64, epochs=60
    ),
    "nmnist_mlp": Recipe(_events.nmnist_mlp, _rate, Rate.predict),
    "nmnist_cnn": Recipe(_events.nmnist_cnn, _rate, Rate.predict),
    "dvs_gesture_cnn": Recipe(_events.dvs_gesture_cnn, _rate, Rate.predict, batch=16),
    "shd_recurrent": Recipe(
        _events.shd_recurrent, _membrane, MembraneClassifier("max"), batch=128
    ),
    "pilotnet_lif": Recipe(_driving.pilotnet_lif, _steering, None, batch=8, epochs=200),
    "pilotnet_sdnn": Recipe(
        _driving.pilotnet_sdnn, _steering, None, torch.optim.RAdam, batch=8, epochs=200
    ),
}
"""By the name of the function; detectors are trained by ``slayer.obd``."""


def train(
    recipe: Recipe,
    data: Iterable[Any],
    net: torch.nn.Module | None = None,
    epochs: int | None = None,
    report: Callable[[str], object] = print,
) -> tuple[torch.nn.Module, LearningStats]:
    """Trains a network by its recipe.

    Args:
        recipe: One of ``RECIPES``, or of your own.
        data: Gives batches (input, target) as the loss takes them, such as a loader.
        net: The network; a new one of the recipe if None.
        epochs: Passes through the data; the recipe's if None.
        report: Called with a line after each of them.

    Returns:
        The network and the statistics of training.
    """
    net = recipe.make() if net is None else net
    optimizer = recipe.optimizer(parameter_groups(net, recipe.lr))
    stats = LearningStats()
    assistant = Assistant(net, recipe.loss(), optimizer, stats, recipe.classifier)
    for epoch in range(recipe.epochs if epochs is None else epochs):
        assistant.run(data)
        report(f"epoch {epoch}: {stats.training}")
        stats.update()
    return net, stats
