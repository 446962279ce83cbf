// The programs on a GPU: a thread holds a row, a warp moves tiles of 32 x 32.
//
// Compiled to a fat binary that the extension embeds; names are looked up at run time.
#include "backward.hpp"
#include "forward.hpp"
#include "programs/leaky_integrator.hpp"
#include "programs/neurons.hpp"
#include "cuda/recurrent.hpp"
#include "shift.hpp"
#include "cuda/values.hpp"
#include "cuda/windows.hpp"

using namespace lava_dl;

// `bounds` are those of a launch; one block at least a processor lets it take all registers.
#define LAVA_DL_BLOCKS(bounds, name, ...)                         \
    extern "C" __global__ void __launch_bounds__ bounds name(     \
        const __grid_constant__ Call call) { __VA_ARGS__(call); }
#define LAVA_DL_KERNEL(name, ...) LAVA_DL_BLOCKS((kThreads), name, __VA_ARGS__)

#define LAVA_DL_FORWARD(name, P, Outputs) LAVA_DL_KERNEL(name, forward<P, Outputs>)
#define LAVA_DL_LINEAR(name, B) LAVA_DL_KERNEL(name, linear_backward<B<float>>)
#define LAVA_DL_ENCODER(name, P, B) \
    LAVA_DL_FORWARD(name, P, 1)     \
    LAVA_DL_KERNEL(name##_backward, backward<P, B<float>>)
#define LAVA_DL_NEURON(name, P, B, E) \
    LAVA_DL_FORWARD(name, P, 1)       \
    LAVA_DL_KERNEL(name##_backward, backward<P, B<float>, E<float>>)
#define LAVA_DL_RECURRENT(name, P, B, E)                          \
    LAVA_DL_BLOCKS((kSampleThreads, 1), recurrent_##name, recurrent<P>) \
    LAVA_DL_BLOCKS((kSampleThreads, 1), recurrent_##name##_backward,    \
                   recurrent_backward<B<float>, E<float>>)

LAVA_DL_FORWARD(leaky_integrator, LeakyIntegrator, 1)
LAVA_DL_LINEAR(leaky_integrator_backward, LeakyIntegratorBackward)
LAVA_DL_FORWARD(resonator, Resonator, 2)
LAVA_DL_LINEAR(resonator_backward, ResonatorBackward)
LAVA_DL_FORWARD(sigma, Sigma, 1)
LAVA_DL_LINEAR(sigma_backward, SigmaBackward)
LAVA_DL_ENCODERS(LAVA_DL_ENCODER)
LAVA_DL_SPIKING_NEURONS(LAVA_DL_NEURON)
LAVA_DL_SPIKING_NEURONS(LAVA_DL_RECURRENT)
LAVA_DL_FORWARD(adaptive_threshold, AdaptiveThreshold, 2)
LAVA_DL_FORWARD(adaptive_phase_threshold, AdaptivePhaseThreshold, 2)
LAVA_DL_FORWARD(adaptive_resonator, AdaptiveResonator, 4)

LAVA_DL_KERNEL(delay, delay_rows)
LAVA_DL_KERNEL(delay_backward, delay_backward_rows)
LAVA_DL_KERNEL(fir, filter_rows)
LAVA_DL_KERNEL(quantise, quantise_values)
LAVA_DL_KERNEL(quantise_backward, quantise_gradients)
LAVA_DL_KERNEL(window_sum, window_rows<WindowSum>)
LAVA_DL_KERNEL(window_spread, window_rows<WindowSpread>)
LAVA_DL_KERNEL(sum_gradients, lava_dl::sum_gradients)
