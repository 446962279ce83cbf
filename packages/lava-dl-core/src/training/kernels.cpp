// The kernels of one instruction set: compiled once for each, with its own flags.
#include "drive.hpp"
#include "driven_conv.hpp"
#include "events.hpp"
#include "piecewise.hpp"
#include "product.hpp"
#include "programs/adaptive.hpp"
#include "programs/adrf.hpp"
#include "programs/alif.hpp"
#include "programs/cuba.hpp"
#include "programs/leaky_integrator.hpp"
#include "programs/resonator.hpp"
#include "programs/shift.hpp"
#include "programs/sigma_delta.hpp"
#include "programs/spikes.hpp"
#include "quantise.hpp"
#include "recurrent.hpp"
#include "windows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

extern const Entry kernels[];
extern const int kernel_count;

// Synapses and their neurons in one pass, and back.
#define LAVA_DL_DRIVEN(name, P, ...)                                                          \
    {"conv_" name, kLanes, 0, driven_conv<forward<P>>, Work::tiles},                          \
    {"conv_" name "_backward", kLanes, 0, driven_conv_backward<__VA_ARGS__>, Work::tiles},    \
    {"windows_" name, kLanes, 0, driven_windows<forward<P>>, Work::tiles},                    \
    {"windows_" name "_backward", kLanes, 0, driven_windows_backward<__VA_ARGS__>,            \
     Work::tiles},                                                                            \
    {"sums_" name, kLanes, 0, driven_sums<forward<P>>, Work::tiles},                          \
    {"sums_" name "_backward", kLanes, 0, driven_sums_backward<__VA_ARGS__>, Work::tiles}

const Entry kernels[] = {
    {"leaky_integrator", kLanes, 0, forward<LeakyIntegrator>},
    {"leaky_integrator_backward", kLanes, 1, linear_backward<LeakyIntegratorBackward>},
    {"resonator", kLanes, 0, forward<Resonator>},
    {"resonator_backward", kLanes, 2, linear_backward<ResonatorBackward>},
    {"adaptive_threshold", kLanes, 0, forward<AdaptiveThreshold>},
    {"adaptive_phase_threshold", kLanes, 0, forward<AdaptivePhaseThreshold>},
    {"adaptive_resonator", kLanes, 0, forward<AdaptiveResonator>},
    {"cuba", kLanes, 0, forward<Cuba>},
    {"cuba_backward", kLanes, 3, backward<Cuba, CubaBackward>},
    {"alif", kLanes, 0, forward<Alif>},
    {"alif_backward", kLanes, 5, either_backward<Alif, AlifBackward, AlifExactBackward>},
    {"rf", kLanes, 0, forward<Rf>},
    {"rf_backward", kLanes, 3, backward<Rf, RfBackward>},
    {"rf_iz", kLanes, 0, forward<RfIz>},
    {"rf_iz_backward", kLanes, 3, backward<RfIz, RfIzBackward>},
    {"adrf", kLanes, 0, forward<Adrf>},
    {"adrf_backward", kLanes, 5, either_backward<Adrf, AdrfBackward, AdrfExactBackward>},
    {"adrf_iz", kLanes, 0, forward<AdrfIz>},
    {"adrf_iz_backward", kLanes, 5, either_backward<AdrfIz, AdrfIzBackward, AdrfIzExactBackward>},
    {"sigma", kLanes, 0, forward<Sigma>},
    {"sigma_backward", kLanes, 1, linear_backward<SigmaBackward>},
    {"delta", kLanes, 0, forward<Delta>},
    {"delta_backward", kLanes, 2, backward<Delta, DeltaBackward>},
    {"sigma_delta", kLanes, 0, forward<SigmaDelta>},
    {"sigma_delta_backward", kLanes, 3, backward<SigmaDelta, SigmaDeltaBackward>},
    {"spike", kLanes, 0, spike},
    {"spike_backward", kLanes, 0, spike_backward},
    {"complex_spike", kLanes, 0, complex_spike},
    {"complex_spike_backward", kLanes, 0, complex_spike_backward},
    {"delay", kLanes, 0, delay},
    {"delay_backward", kLanes, 0, delay_backward},
    {"fir", kLanes, 0, fir},
    {"recurrent_cuba", kLanes, 0, recurrent<Cuba>, Work::samples},
    {"recurrent_alif", kLanes, 0, recurrent<Alif>, Work::samples},
    {"recurrent_rf", kLanes, 0, recurrent<Rf>, Work::samples},
    {"recurrent_rf_iz", kLanes, 0, recurrent<RfIz>, Work::samples},
    {"recurrent_adrf", kLanes, 0, recurrent<Adrf>, Work::samples},
    {"recurrent_adrf_iz", kLanes, 0, recurrent<AdrfIz>, Work::samples},
    {"recurrent_backward", kLanes, 0, recurrent_backward, Work::samples},
    {"count_events", kLanes, 0, count_events, Work::tiles},
    {"find_events", kLanes, 0, find_events, Work::tiles},
    {"transpose_dense_weight", kLanes, 0, transpose_weight<kSlice>, Work::tiles},
    {"transpose_conv_weight", kLanes, 0, transpose_weight<kConvSlice>, Work::tiles},
    {"turn_gradient", kLanes, 0, turn_gradient, Work::tiles},
    {"sparse_dense", kLanes, 0, sparse_dense, Work::tiles},
    {"sparse_dense_weight_gradient", kLanes, 0, sparse_dense_weight_gradient, Work::tiles},
    {"sparse_conv", kLanes, 0, sparse_conv, Work::tiles},
    {"sparse_conv_weight_gradient", kLanes, 0, sparse_conv_weight_gradient, Work::tiles},
    {"product", kLanes, 0, product<false>, Work::tiles},
    {"product_adjoint", kLanes, 0, product<true>, Work::tiles},
    {"product_weight_gradient", kLanes, 0, product_weight_gradient, Work::tiles},
    {"quantise", kLanes, 0, quantise, Work::tiles},
    {"quantise_backward", kLanes, 0, quantise_backward, Work::tiles},
    {"piecewise", kLanes, 0, piecewise, Work::tiles},
    {"piecewise_backward", kLanes, 0, piecewise_backward, Work::tiles},
    {"window_sum", kLanes, 0, window_sum, Work::tiles},
    {"window_spread", kLanes, 0, window_spread, Work::tiles},
    LAVA_DL_DRIVEN("cuba", Cuba, backward<Cuba, CubaBackward>),
    LAVA_DL_DRIVEN("alif", Alif, either_backward<Alif, AlifBackward, AlifExactBackward>),
    LAVA_DL_DRIVEN("rf", Rf, backward<Rf, RfBackward>),
    LAVA_DL_DRIVEN("rf_iz", RfIz, backward<RfIz, RfIzBackward>),
    LAVA_DL_DRIVEN("adrf", Adrf, either_backward<Adrf, AdrfBackward, AdrfExactBackward>),
    LAVA_DL_DRIVEN("adrf_iz", AdrfIz, either_backward<AdrfIz, AdrfIzBackward, AdrfIzExactBackward>),
};
const int kernel_count = sizeof kernels / sizeof kernels[0];

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
