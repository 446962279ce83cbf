// Adaptive threshold and refractory state; both grow at a spike and decay to rest.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct AdaptiveState {
    Int threshold, refractory;
};

// The factors are 4096 - decay; `rest` is the threshold without spikes.
template <class Int, class Factor = Int>
struct AdaptiveRule {
    Factor threshold_factor, refractory_factor;
    Int rest, step;
};

template <class Int, class Factor>
LAVA_DL_HD AdaptiveState<Int> adaptive_decay(const AdaptiveState<Int>& state,
                                             const AdaptiveRule<Int, Factor>& rule) {
    Int above = decay_multiply(state.threshold - rule.rest, rule.threshold_factor);
    return {saturate(above + rule.rest),
            saturate(decay_multiply(state.refractory, rule.refractory_factor))};
}

// The membrane value at which the neuron fires this step.
template <class Int>
LAVA_DL_HD Int adaptive_level(const AdaptiveState<Int>& state) {
    return state.threshold + state.refractory;
}

template <class Int, class Factor, class Mask>
LAVA_DL_HD AdaptiveState<Int> adaptive_fire(const AdaptiveState<Int>& state,
                                            const AdaptiveRule<Int, Factor>& rule, Mask fired) {
    return {saturate(state.threshold + select(fired, rule.step, Int{})),
            saturate(state.refractory +
                     select(fired, state.threshold + state.threshold, Int{}))};
}

// Phase condition: imag crosses zero upward while real has reached its level.
template <class Int, class Mask>
LAVA_DL_HD auto phase_crossing(Mask reached, Int imag, Int before) {
    return select(reached, before & ~imag, Int{}) < Int{};
}

// The levels that a state was compared with in a step, and whether it fired.
template <class Int, class Mask>
struct AdaptiveStep {
    AdaptiveState<Int> levels;
    Mask fired;
};

// Decays the levels, asks fires(levels), and raises them where it fired.
template <class Int, class Factor, class Fires>
LAVA_DL_HD auto adaptive_step(AdaptiveState<Int>& state, const AdaptiveRule<Int, Factor>& rule,
                              Fires fires) {
    AdaptiveState<Int> levels = adaptive_decay(state, rule);
    auto fired = fires(levels);
    state = adaptive_fire(levels, rule, fired);
    return AdaptiveStep<Int, decltype(fired)>{levels, fired};
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
