// The kernels of one instruction set but recurrent ones: compiled once for each, with its own
// flags.
#include "loops.hpp"
#include "fused_conv.hpp"
#include "events.hpp"
#include "piecewise.hpp"
#include "product.hpp"
#include "programs/leaky_integrator.hpp"
#include "programs/neurons.hpp"
#include "programs/shift.hpp"
#include "programs/spikes.hpp"
#include "quantise.hpp"
#include "sparse_conv.hpp"
#include "windows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

extern const Entry kernels[];
extern const int kernel_count;

constexpr Entry on_rows(const char* name, Kernel run, int scratch_planes = 0) {
    return {name, kRows, scratch_planes, run};
}
constexpr Entry on_tiles(const char* name, Kernel run, Planner plan) {
    return {name, kLanes, 0, run, Work::tiles, plan};
}

#define LAVA_DL_LINEAR(name, P, B)   \
    on_rows(#name, forward<P>),      \
    on_rows(#name "_backward", linear_backward<B>, B<float>::traces),
#define LAVA_DL_ENCODER(name, P, B)  \
    on_rows(#name, forward<P>),      \
    on_rows(#name "_backward", backward<P, B>, B<float>::traces),

// A neuron alone, and in one pass with its synapses.
#define LAVA_DL_NEURON(name, P, B, E)                                                         \
    on_rows(#name, forward<P>),                                                               \
    on_rows(#name "_backward", either_backward<P, B, E>, B<float>::traces),                   \
    on_tiles("conv_" #name, fused_conv<forward<P>>, fused_conv_plan),                         \
    on_tiles("conv_" #name "_backward", fused_conv_backward<either_backward<P, B, E>>,        \
             fused_conv_gradient_plan),                                                       \
    on_tiles("windows_" #name, fused_windows<forward<P>>, fused_windows_plan),                \
    on_tiles("windows_" #name "_backward", fused_windows_backward<either_backward<P, B, E>>,  \
             fused_windows_plan),                                                             \
    on_tiles("sums_" #name, fused_sums<forward<P>>, fused_sums_plan),                         \
    on_tiles("sums_" #name "_backward", fused_sums_backward<either_backward<P, B, E>>,        \
             fused_sums_plan),

const Entry kernels[] = {
    LAVA_DL_LINEAR(leaky_integrator, LeakyIntegrator, LeakyIntegratorBackward)
    LAVA_DL_LINEAR(resonator, Resonator, ResonatorBackward)
    LAVA_DL_LINEAR(sigma, Sigma, SigmaBackward)
    LAVA_DL_ENCODERS(LAVA_DL_ENCODER)
    LAVA_DL_SPIKING_NEURONS(LAVA_DL_NEURON)
    on_rows("adaptive_threshold", forward<AdaptiveThreshold>),
    on_rows("adaptive_phase_threshold", forward<AdaptivePhaseThreshold>),
    on_rows("adaptive_resonator", forward<AdaptiveResonator>),
    on_rows("spike", spike),
    on_rows("spike_backward", spike_backward),
    on_rows("complex_spike", complex_spike),
    on_rows("complex_spike_backward", complex_spike_backward),
    on_rows("delay", delay),
    on_rows("delay_backward", delay_backward),
    on_rows("fir", fir),
    on_tiles("count_events", count_events, event_plan),
    on_tiles("find_events", find_events, event_plan),
    on_tiles("transpose_dense_weight", transpose_weight<kSlice>, transpose_weight_plan<kSlice>),
    on_tiles("transpose_conv_weight", transpose_weight<kConvSlice>, transpose_weight_plan<kConvSlice>),
    on_tiles("transpose_gradient", transpose_gradient, transpose_gradient_plan),
    on_tiles("sparse_dense", sparse_dense<false>, dense_plan),
    on_tiles("sparse_dense_by_steps", sparse_dense<true>, dense_plan),
    on_tiles("sparse_dense_weight_gradient", sparse_dense_weight_gradient<false>,
             dense_gradient_plan<false>),
    on_tiles("sparse_dense_weight_gradient_by_steps", sparse_dense_weight_gradient<true>,
             dense_gradient_plan<true>),
    on_tiles("returning_weight_gradient", sparse_dense_weight_gradient<true, 1>,
             dense_gradient_plan<true>),
    on_tiles("sparse_conv", sparse_conv, conv_plan),
    on_tiles("sparse_conv_weight_gradient", sparse_conv_weight_gradient, conv_gradient_plan),
    on_tiles("product", product<false>, product_plan<false>),
    on_tiles("product_adjoint", product<true>, product_plan<true>),
    on_tiles("product_weight_gradient", product_weight_gradient, product_gradient_plan),
    on_tiles("quantise", quantise, value_plan),
    on_tiles("quantise_backward", quantise_backward, value_plan),
    on_tiles("piecewise", piecewise, value_plan),
    on_tiles("piecewise_backward", piecewise_backward, value_plan),
    on_tiles("window_sum", window_rows<WindowSum>, window_plan),
    on_tiles("window_spread", window_rows<WindowSpread>, window_plan),
};
const int kernel_count = sizeof kernels / sizeof kernels[0];

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
