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
from lava.lib.dl.slayer.io._tonic import (
    TonicFrames,
    TonicTensor,
    event_to_tonic,
    tonic_to_event,
)

__all__ = [
    "Event",
    "TonicFrames",
    "TonicTensor",
    "encode_1d_spikes",
    "encode_2d_spikes",
    "encode_np_spikes",
    "event_to_tonic",
    "export",
    "read_1d_spikes",
    "read_2d_spikes",
    "read_np_spikes",
    "tensor_to_event",
    "tonic_to_event",
]
