"""Pictures of events, states, parameters and training, with matplotlib.

Every function draws into ``axis``, or into a new figure if that is None, and returns
the axis. Values may be tensors, on any device and with gradients, or NumPy arrays.
Needs the extra ``plot``: ``pip install 'lava-dl-slayer[plot]'``.
"""

from lava.lib.dl.slayer.plot._events import activity, animation, raster
from lava.lib.dl.slayer.plot._parameters import delays, weights
from lava.lib.dl.slayer.plot._results import confusion, learning_curves
from lava.lib.dl.slayer.plot._states import trace

__all__ = [
    "activity",
    "animation",
    "confusion",
    "delays",
    "learning_curves",
    "raster",
    "trace",
    "weights",
]
