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

template <class Int, class Factor = Int>
struct AdrfRule {
    ResonatorRule<Int, Factor> oscillator;
    AdaptiveRule<Int, Factor> adaptive;
};

// Both return the levels of this step and whether it fired; the oscillator is not reset.
template <class Int, class Factor, class Units>
LAVA_DL_HD auto adrf_step(AdrfState<Int>& state, const AdrfRule<Int, Factor>& rule,
                          Int real_input, Int imag_input, const Units& units) {
    auto before = units.compared(state.oscillator.imag);
    auto now = state.oscillator =
        resonator_step(state.oscillator, rule.oscillator, real_input, imag_input);
    return adaptive_step(state.adaptive, rule.adaptive, [&](const AdaptiveState<Int>& level) {
        auto reached = units.reaches(units.compared(now.real), level.threshold, level.refractory);
        return phase_crossing(reached, units.compared(now.imag), before);
    });
}

template <class Int, class Factor, class Units>
LAVA_DL_HD auto adrf_iz_step(AdrfState<Int>& state, const AdrfRule<Int, Factor>& rule,
                             Int real_input, Int imag_input, const Units& units) {
    auto now = state.oscillator =
        resonator_step(state.oscillator, rule.oscillator, real_input, imag_input);
    return adaptive_step(state.adaptive, rule.adaptive, [&](const AdaptiveState<Int>& level) {
        return units.reaches(now.imag, level.threshold, level.refractory);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
