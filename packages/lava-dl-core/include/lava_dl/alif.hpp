// ALIF: leaky current into leaky voltage under an adaptive threshold; no reset.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/leaky_integrator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct AlifState {
    Int current, voltage;
    AdaptiveState<Int> adaptive;
};

template <class Int, class Factor = Int>
struct AlifRule {
    Factor current_factor, voltage_factor;  // 4096 - decay
    AdaptiveRule<Int, Factor> adaptive;
};

// Returns the levels the voltage was compared with, and whether it fired.
template <class Int, class Factor, class Units>
LAVA_DL_HD auto alif_step(AlifState<Int>& state, const AlifRule<Int, Factor>& rule, Int input,
                          const Units& units) {
    state.current = leaky_step(state.current, rule.current_factor, input);
    Int voltage = leaky_step(state.voltage, rule.voltage_factor, units.passed_on(state.current));
    state.voltage = voltage;
    return adaptive_step(state.adaptive, rule.adaptive, [&](const AdaptiveState<Int>& level) {
        return units.reaches(units.compared(voltage), level.threshold, level.refractory);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
