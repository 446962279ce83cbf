"""The kernels of lava-dl-core as torch operators.

The one place that knows both. Each operator ``lava_dl::<name>`` runs a compiled kernel
where there is one for the tensors' device and plain torch elsewhere, with the same
bits. Operators take float32, those of the spikes any floating point.
"""

from lava.lib.dl.core.training import TILE
from lava.lib.dl.slayer._tracing import is_eager
from lava.lib.dl.slayer.ops._carry import carry, through
from lava.lib.dl.slayer.ops._convolve import (
    convolve,
    convolve_transposed,
    convolves,
    dense,
    fed_back,
)
from lava.lib.dl.slayer.ops._events import event_conv, event_dense, find_events
from lava.lib.dl.slayer.ops._fused import (
    PendingSum,
    apply_fused,
    pending_conv,
    pending_sums,
    pending_windows,
)
from lava.lib.dl.slayer.ops._kernel import Kernel, apply
from lava.lib.dl.slayer.ops._launch import compiled
from lava.lib.dl.slayer.ops._neurons import ADRF, ADRF_IZ, ALIF, CUBA, RF, RF_IZ
from lava.lib.dl.slayer.ops._parts import (
    ADAPTIVE_PHASE_THRESHOLD,
    ADAPTIVE_RESONATOR,
    ADAPTIVE_THRESHOLD,
    LEAKY_INTEGRATOR,
    RESONATOR,
)
from lava.lib.dl.slayer.ops._piecewise import Pieces, piecewise
from lava.lib.dl.slayer.ops._recurrent import recur
from lava.lib.dl.slayer.ops._sigma_delta import DELTA, SIGMA, SIGMA_DELTA
from lava.lib.dl.slayer.ops._spikes import COMPLEX_SPIKE, SPIKE
from lava.lib.dl.slayer.ops._time import DELAY, FIR
from lava.lib.dl.slayer.ops._weights import QUANTISE, quantise
from lava.lib.dl.slayer.ops._windows import sums_windows, window_spread, window_sum

__all__ = [
    "ADAPTIVE_PHASE_THRESHOLD",
    "ADAPTIVE_RESONATOR",
    "ADAPTIVE_THRESHOLD",
    "ADRF",
    "ADRF_IZ",
    "ALIF",
    "COMPLEX_SPIKE",
    "CUBA",
    "DELAY",
    "DELTA",
    "FIR",
    "LEAKY_INTEGRATOR",
    "QUANTISE",
    "RESONATOR",
    "RF",
    "RF_IZ",
    "SIGMA",
    "SIGMA_DELTA",
    "SPIKE",
    "TILE",
    "Kernel",
    "PendingSum",
    "Pieces",
    "apply",
    "apply_fused",
    "carry",
    "compiled",
    "convolve",
    "convolve_transposed",
    "convolves",
    "dense",
    "event_conv",
    "event_dense",
    "fed_back",
    "find_events",
    "is_eager",
    "pending_conv",
    "pending_sums",
    "pending_windows",
    "piecewise",
    "quantise",
    "recur",
    "sums_windows",
    "through",
    "window_spread",
    "window_sum",
]
