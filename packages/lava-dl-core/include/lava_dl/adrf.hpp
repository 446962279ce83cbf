// Adaptive resonators: ADRF fires at the phase crossing, ADRF-IZ where imag is above.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/resonator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct AdrfState {
    ResonatorState<Int> oscillator;
    AdaptiveState<Int> adaptive;
};

template <class Int>
struct AdrfRule {
    ResonatorRule<Int> oscillator;
    AdaptiveRule<Int> adaptive;
};

// Both return threshold and refractory state of this step; the oscillator is not reset.
template <class Int, class Scale>
LAVA_DL_HD AdaptiveState<Int> adrf_step(AdrfState<Int>& state, const AdrfRule<Int>& rule,
                                        Int real_input, Int imag_input, const Scale& scale) {
    Int before = scale.relay(state.oscillator.imag);
    state.oscillator = resonator_step(state.oscillator, rule.oscillator, real_input, imag_input);
    AdaptiveState<Int> now = adaptive_decay(state.adaptive, rule.adaptive);
    auto fired = phase_crossing(scale.relay(state.oscillator.real),
                                scale.relay(state.oscillator.imag), before,
                                adaptive_level(now));
    state.adaptive = adaptive_fire(now, rule.adaptive, fired);
    return now;
}

template <class Int>
LAVA_DL_HD AdaptiveState<Int> adrf_iz_step(AdrfState<Int>& state, const AdrfRule<Int>& rule,
                                           Int real_input, Int imag_input) {
    state.oscillator = resonator_step(state.oscillator, rule.oscillator, real_input, imag_input);
    AdaptiveState<Int> now = adaptive_decay(state.adaptive, rule.adaptive);
    auto fired = state.oscillator.imag >= adaptive_level(now);
    state.adaptive = adaptive_fire(now, rule.adaptive, fired);
    return now;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
