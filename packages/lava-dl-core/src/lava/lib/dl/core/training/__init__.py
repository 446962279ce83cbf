"""Training kernels on numpy arrays: dynamics, whole neurons, spikes, delays, filters.

Arrays are float32, C-contiguous, (N, C, ..., T): batch, channel, any other spatial
dimensions, time. Decays hold 4096 times the decay; scales are the integers a
unit of the state has. Each function takes `simd`, an instruction set to force; every
instruction set and thread count gives the same bits. `run` runs any kernel by name; it,
products and quantised weights take and give tensors of PyTorch as well.
"""

from lava.lib.dl.core._training import ConvGeometry, Result, Settings, run, takes_decays
from lava.lib.dl.core.training._cuda import (
    MOST_ARRAYS,
    MOST_RECURRENT_NEURONS,
    cuda_problem,
    run_on_gpu,
    sums_size,
)
from lava.lib.dl.core.training._events import Events, find_events
from lava.lib.dl.core.training._fused import (
    ConvOfEvents,
    Gradients,
    Sums,
    WindowSums,
    fused_backward,
    fused_forward,
)
from lava.lib.dl.core.training._neurons import (
    ADRF,
    ADRF_IZ,
    ALIF,
    CUBA,
    NEURONS,
    RF,
    RF_IZ,
    TILE,
    Backward,
    Forward,
    Gradient,
    Neuron,
    Surrogate,
    Threshold,
    neuron_backward,
    neuron_forward,
    neuron_settings,
)
from lava.lib.dl.core.training._piecewise import piecewise, piecewise_backward
from lava.lib.dl.core.training._product import (
    fuses,
    product,
    product_adjoint,
    product_weight_gradient,
)
from lava.lib.dl.core.training._recurrent import (
    Recurrent,
    RecurrentGradients,
    recurrent_backward,
    recurrent_forward,
)
from lava.lib.dl.core.training._settings import (
    SURROGATES,
    delta_settings,
    settings,
    shift_settings,
    spike_settings,
    surrogate_index,
)
from lava.lib.dl.core.training._sparse import (
    returning_weight_gradient,
    sparse_conv,
    sparse_conv_weight_gradient,
    sparse_dense,
    sparse_dense_weight_gradient,
    window_spread,
    window_sum,
)
from lava.lib.dl.core.training._weights import quantise, quantise_backward

__all__ = [
    "ADRF",
    "ADRF_IZ",
    "ALIF",
    "CUBA",
    "MOST_ARRAYS",
    "MOST_RECURRENT_NEURONS",
    "NEURONS",
    "RF",
    "RF_IZ",
    "SURROGATES",
    "TILE",
    "Backward",
    "ConvGeometry",
    "ConvOfEvents",
    "Events",
    "Forward",
    "Gradient",
    "Gradients",
    "Neuron",
    "Recurrent",
    "RecurrentGradients",
    "Result",
    "Settings",
    "Sums",
    "Surrogate",
    "Threshold",
    "WindowSums",
    "cuda_problem",
    "delta_settings",
    "find_events",
    "fused_backward",
    "fused_forward",
    "fuses",
    "neuron_backward",
    "neuron_forward",
    "neuron_settings",
    "piecewise",
    "piecewise_backward",
    "product",
    "product_adjoint",
    "product_weight_gradient",
    "quantise",
    "quantise_backward",
    "recurrent_backward",
    "recurrent_forward",
    "returning_weight_gradient",
    "run",
    "run_on_gpu",
    "settings",
    "shift_settings",
    "sparse_conv",
    "sparse_conv_weight_gradient",
    "sparse_dense",
    "sparse_dense_weight_gradient",
    "spike_settings",
    "sums_size",
    "surrogate_index",
    "takes_decays",
    "window_spread",
    "window_sum",
]
