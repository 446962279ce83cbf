"""Classes read out from spikes: by rate, or by rate in a moving window."""

from lava.lib.dl.slayer.classifier._moving_window import MovingWindow
from lava.lib.dl.slayer.classifier._rate import Rate

__all__ = ["MovingWindow", "Rate"]
