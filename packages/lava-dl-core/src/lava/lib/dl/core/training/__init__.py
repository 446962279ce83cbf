"""Training kernels on numpy arrays: dynamics, whole neurons, spikes, delays, filters.

Arrays are float32, C-contiguous, (N, C, S, T): batch, channel, the product of all other
spatial dimensions, time. Decays hold 4096 times the decay; scales are the integers a
unit of the state has. Each function takes `out`, the arrays to write to, and `simd`, an
instruction set to force; every instruction set and thread count gives the same bits.
"""

from lava.lib.dl.core.training._call import Settings
from lava.lib.dl.core.training._cuda import (
    cuda_problem,
    neuron_backward_cuda,
    neuron_forward_cuda,
    run_on_gpu,
)
from lava.lib.dl.core.training._driven import (
    ConvOfEvents,
    Gradients,
    Sums,
    WindowSums,
    driven_backward,
    driven_forward,
)
from lava.lib.dl.core.training._dynamics import (
    ThresholdScale,
    adaptive_phase_threshold,
    adaptive_resonator,
    adaptive_settings,
    adaptive_threshold,
    integrator_settings,
    leaky_integrator,
    leaky_integrator_backward,
    resonator,
    resonator_backward,
    resonator_settings,
)
from lava.lib.dl.core.training._events import Events, find_events
from lava.lib.dl.core.training._neurons import (
    ADRF,
    ADRF_IZ,
    ALIF,
    CUBA,
    RF,
    RF_IZ,
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
    recurrent_backward,
    recurrent_forward,
)
from lava.lib.dl.core.training._shift import (
    delay,
    delay_backward,
    delay_settings,
    fir,
    fir_settings,
)
from lava.lib.dl.core.training._sigma_delta import (
    Activation,
    DeltaRule,
    delta,
    delta_backward,
    sigma,
    sigma_backward,
    sigma_delta,
    sigma_delta_backward,
    sigma_delta_settings,
)
from lava.lib.dl.core.training._sparse import (
    Image,
    sparse_conv,
    sparse_conv_weight_gradient,
    sparse_dense,
    sparse_dense_weight_gradient,
    window_spread,
    window_sum,
)
from lava.lib.dl.core.training._spikes import (
    complex_spike,
    complex_spike_backward,
    spike,
    spike_backward,
)
from lava.lib.dl.core.training._weights import Steps, quantise, quantise_backward

__all__ = [
    "ADRF",
    "ADRF_IZ",
    "ALIF",
    "CUBA",
    "RF",
    "RF_IZ",
    "Activation",
    "Backward",
    "ConvOfEvents",
    "DeltaRule",
    "Events",
    "Forward",
    "Gradient",
    "Gradients",
    "Image",
    "Neuron",
    "Settings",
    "Steps",
    "Sums",
    "Surrogate",
    "Threshold",
    "ThresholdScale",
    "WindowSums",
    "adaptive_phase_threshold",
    "adaptive_resonator",
    "adaptive_settings",
    "adaptive_threshold",
    "complex_spike",
    "complex_spike_backward",
    "cuda_problem",
    "delay",
    "delay_backward",
    "delay_settings",
    "delta",
    "delta_backward",
    "driven_backward",
    "driven_forward",
    "find_events",
    "fir",
    "fir_settings",
    "fuses",
    "integrator_settings",
    "leaky_integrator",
    "leaky_integrator_backward",
    "neuron_backward",
    "neuron_backward_cuda",
    "neuron_forward",
    "neuron_forward_cuda",
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
    "resonator",
    "resonator_backward",
    "resonator_settings",
    "run_on_gpu",
    "sigma",
    "sigma_backward",
    "sigma_delta",
    "sigma_delta_backward",
    "sigma_delta_settings",
    "sparse_conv",
    "sparse_conv_weight_gradient",
    "sparse_dense",
    "sparse_dense_weight_gradient",
    "spike",
    "spike_backward",
    "window_spread",
    "window_sum",
]
