// Adaptive threshold and refractory state; both grow at a spike and decay to rest.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct AdaptiveState {
    Int threshold, refractory;
};

// The two `keep` are 4096 - decay; `rest` is the threshold without spikes.
template <class Int>
struct AdaptiveRule {
    Int threshold_keep, refractory_keep, rest, step;
};

template <class Int>
LAVA_DL_HD AdaptiveState<Int> adaptive_decay(const AdaptiveState<Int>& state,
                                             const AdaptiveRule<Int>& rule) {
    Int above = decay_multiply(state.threshold - rule.rest, rule.threshold_keep);
    return {saturate(above + rule.rest),
            saturate(decay_multiply(state.refractory, rule.refractory_keep))};
}

// The membrane value at which the neuron fires this step.
template <class Int>
LAVA_DL_HD Int adaptive_level(const AdaptiveState<Int>& state) {
    return state.threshold + state.refractory;
}

template <class Int, class Mask>
LAVA_DL_HD AdaptiveState<Int> adaptive_fire(const AdaptiveState<Int>& state,
                                            const AdaptiveRule<Int>& rule, Mask fired) {
    return {saturate(state.threshold + select(fired, rule.step, Int{})),
            saturate(state.refractory +
                     select(fired, state.threshold + state.threshold, Int{}))};
}

// Phase condition: imag crosses zero upward while real is at or above the level.
template <class Int>
LAVA_DL_HD auto phase_crossing(Int real, Int imag, Int imag_before, Int level) {
    return (real >= level) & (imag >= Int{}) & (imag_before < Int{});
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
