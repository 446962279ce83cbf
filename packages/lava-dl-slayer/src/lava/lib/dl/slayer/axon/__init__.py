"""What happens to spikes on their way: delays and delta encoding."""

from lava.lib.dl.slayer.axon.delay import Delay, delay
from lava.lib.dl.slayer.axon.delta import Delta

__all__ = ["Delay", "Delta", "delay"]
