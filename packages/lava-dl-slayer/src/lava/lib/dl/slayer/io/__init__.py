"""Events: containers, binning, files and animation; and the export of networks."""

from lava.lib.dl.slayer.io._binning import tensor_to_event
from lava.lib.dl.slayer.io._event import Event
from lava.lib.dl.slayer.io._export import export
from lava.lib.dl.slayer.io._files import (
    encode_1d_spikes,
    encode_2d_spikes,
    encode_np_spikes,
    read_1d_spikes,
    read_2d_spikes,
    read_np_spikes,
)

__all__ = [
    "Event",
    "encode_1d_spikes",
    "encode_2d_spikes",
    "encode_np_spikes",
    "export",
    "read_1d_spikes",
    "read_2d_spikes",
    "read_np_spikes",
    "tensor_to_event",
]
