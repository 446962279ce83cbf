"""Usual networks as functions, each with the recipe that trains it.

``python -m lava.lib.dl.slayer.models --help`` trains one on arrays of your own. Weights
come with the package where their data were at hand: ``digits_mlp(pretrained=True)``.
"""

from lava.lib.dl.slayer.models._detection import tiny_yolo_sdnn
from lava.lib.dl.slayer.models._digits import digits_events, digits_mlp
from lava.lib.dl.slayer.models._driving import pilotnet_lif, pilotnet_sdnn
from lava.lib.dl.slayer.models._events import (
    dvs_gesture_cnn,
    nmnist_cnn,
    nmnist_mlp,
    shd_recurrent,
)
from lava.lib.dl.slayer.models._network import Network
from lava.lib.dl.slayer.models._recipes import RECIPES, Recipe, steering_error, train

__all__ = [
    "RECIPES",
    "Network",
    "Recipe",
    "digits_events",
    "digits_mlp",
    "dvs_gesture_cnn",
    "nmnist_cnn",
    "nmnist_mlp",
    "pilotnet_lif",
    "pilotnet_sdnn",
    "shd_recurrent",
    "steering_error",
    "tiny_yolo_sdnn",
    "train",
]
