"""Classes by the rate of spikes, whole or in a moving window, or by the membrane."""

from lava.lib.dl.slayer.classifier._membrane import Membrane
from lava.lib.dl.slayer.classifier._moving_window import MovingWindow
from lava.lib.dl.slayer.classifier._rate import Rate

__all__ = ["Membrane", "MovingWindow", "Rate"]
